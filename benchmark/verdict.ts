import { ambitLines, beyond, floorOf, isAmbit, type Line, lineNamed, slowestOfAmbit, timesOf } from './lines'
import type { Metric, Reading } from './measured'
import type { Quartiles } from './statistics'
import { type AtMost, counted, type Goal, type None, type Times } from './workloads/goal'

/** What became of a goal. */
export interface Verdict {
  /** With its quartiles, where it has some. */
  readonly measured: string
  /** `undefined` where nothing was measured that could tell. */
  readonly met: boolean | undefined
  /** `met`, `missed by …`, `not measured`. */
  readonly text: string
}

/**
 * Judges a goal by the lines of its work: by the median, whatever the quartiles, and where the goal names none of Ambit's
 * lines, by the slowest.
 */
export function judged(goal: Goal, all: readonly Line[]): Verdict {
  const lines = all.filter(line => goal.line === undefined || line.row.name === goal.line || !isAmbit(line))
  if (ambitLines(lines).length === 0) return UNKNOWN
  if ('atMost' in goal) return judgedAtMost(goal, lines)
  if ('times' in goal) return judgedTimes(goal, lines)
  if ('roundTrips' in goal) return judgedRoundTrips(goal.roundTrips, lines)
  if ('nanoseconds' in goal) return judgedNanoseconds(goal.nanoseconds, lines)
  if ('milliseconds' in goal) return judgedMilliseconds(goal.milliseconds, lines)
  return judgedNone(goal, lines)
}

/** The same of the floor, by its median; `undefined` where there is none, or the goal is not about times. */
export function judgedFloor(goal: Goal, lines: readonly Line[]): Pick<Verdict, 'measured' | 'met'> | undefined {
  if (!('atMost' in goal) && !('times' in goal)) return undefined
  const { against, by = 'time' } = goal
  const [floor, other] = [floorOf(lines), lineNamed(lines, against)]
  if (floor === undefined || other === undefined || floor === other || !isTimed(floor, by)) return undefined
  const { median } = 'atMost' in goal ? timesOf(floor, other, by) : timesOf(other, floor, by)
  return { measured: median.toFixed(2), met: 'atMost' in goal ? median <= goal.atMost : median >= goal.times }
}

function isTimed({ row: { rounds } }: Line, by: Metric): boolean {
  return by !== 'beyond' && rounds[by] !== undefined
}

const UNKNOWN: Verdict = { measured: '', met: undefined, text: 'not measured' }

function judgedAtMost({ against, by, atMost }: AtMost, lines: readonly Line[]): Verdict {
  const [ambit, other] = [slowestOfAmbit(lines, by), lineNamed(lines, against)]
  if (ambit === undefined || other === undefined) return UNKNOWN
  const times = timesOf(ambit, other, by)
  return verdict(withQuartiles(times, 2), times.median <= atMost, () => percent(times.median / atMost - 1))
}

function judgedTimes({ against, by, times: wanted }: Times, lines: readonly Line[]): Verdict {
  const [ambit, other] = [slowestOfAmbit(lines, by), lineNamed(lines, against)]
  if (ambit === undefined || other === undefined) return UNKNOWN
  const times = timesOf(other, ambit, by)
  return verdict(withQuartiles(times, 2), times.median >= wanted, () => percent(1 - times.median / wanted))
}

function judgedRoundTrips(wanted: number, lines: readonly Line[]): Verdict {
  const found = ambitLines(lines).flatMap(({ row: { roundTrips } }) => roundTrips ?? [])
  if (found.length === 0) return UNKNOWN
  const most = Math.max(...found)
  return verdict(String(most), most <= wanted, () => counted(most - wanted, 'round trip'))
}

function judgedNanoseconds(wanted: number, lines: readonly Line[]): Verdict {
  const ambit = slowestOfAmbit(lines, 'beyond')
  if (ambit === undefined) return UNKNOWN
  const cost = beyond(ambit)
  return verdict(`${withQuartiles(cost, 0)} ns`, cost.median <= wanted, () => `${Math.ceil(cost.median - wanted)} ns`)
}

function judgedMilliseconds(wanted: number, lines: readonly Line[]): Verdict {
  const reports = readings(lines, 'refusals').reduce(sum, 0)
  if (reports === 0) return UNKNOWN
  const slowest = Math.max(...readings(lines, 'slowestMs'))
  const measured = `${slowest.toFixed(1)} ms, the slowest of ${reports}`
  return verdict(measured, slowest <= wanted, () => `${Math.ceil(slowest - wanted)} ms`)
}

function judgedNone({ none }: None, lines: readonly Line[]): Verdict {
  const found = readings(lines, none)
  if (found.length === 0) return UNKNOWN
  const number = found.reduce(sum, 0)
  return verdict(`${number} in ${readings(lines, 'attempts').reduce(sum, 0)}`, number === 0, () => String(number))
}

function verdict(measured: string, met: boolean, missedBy: () => string): Verdict {
  return { measured, met, text: met ? 'met' : `missed by ${missedBy()}` }
}

/** Of all of Ambit's lines that have it. */
function readings(lines: readonly Line[], reading: Reading): readonly number[] {
  return ambitLines(lines).flatMap(({ row }) => row.readings[reading] ?? [])
}

export function withQuartiles({ lower, median, upper }: Quartiles, digits: number): string {
  return `${median.toFixed(digits)} [${lower.toFixed(digits)} – ${upper.toFixed(digits)}]`
}

/** Never rounded down: what is missed is not missed by nothing. */
function percent(share: number): string {
  return `${Math.ceil(share * 100)} %`
}

function sum(left: number, right: number): number {
  return left + right
}
