import type { Measured, Measurement, Metric, Timed } from './measured'
import { differences, type Quartiles, quantile, quartilesOf, ratios } from './statistics'

/** A row, and what it is compared with in its own process. */
export interface Line {
  readonly row: Measured
  readonly base: Measured
}

/** Where several processes measured, the base is the first one's; each of the others is compared with its own. */
export function linesOf(measurements: readonly Measurement[]): readonly Line[] {
  const all = measurements.flatMap(({ rows }) => rows.flatMap(row => (rows[0] ? [{ row, base: rows[0] }] : [])))
  return all.filter(({ row: { name } }, index) => all.findIndex(({ row }) => row.name === name) === index)
}

export function lineNamed(lines: readonly Line[], wanted: string): Line | undefined {
  return lines.find(({ row: { name } }) => name === wanted)
}

export function ambitLines(lines: readonly Line[]): readonly Line[] {
  return lines.filter(isAmbit)
}

export function isAmbit({ row: { name } }: Line): boolean {
  return name.startsWith('Ambit')
}

/** Ambit's line that all others are compared with: choosing the best one after the fact would flatter it. */
export function slowestOfAmbit(lines: readonly Line[], by: Metric = 'time'): Line | undefined {
  const [first, ...rest] = ambitLines(lines)
  const slowness = (line: Line): number => (by === 'beyond' ? beyond(line).median : timesOfBase(line, by).median)
  return first && rest.reduce((slowest, line) => (slowness(line) > slowness(slowest) ? line : slowest), first)
}

/** The line that nothing can be quicker than. */
export function floorOf(lines: readonly Line[]): Line | undefined {
  return lines.find(({ row: { floor } }) => floor === true)
}

/** How many times the base's a line's is. */
export function timesOfBase({ row, base }: Line, by: Timed = 'time'): Quartiles {
  return quartilesOf(ratios(row.rounds[by] ?? [], base.rounds[by] ?? []))
}

/** What a call takes beyond the base, in nanoseconds. */
export function beyond({ row, base }: Line): Quartiles {
  const times = differences(row.rounds.time ?? [], base.rounds.time ?? [])
  return quartilesOf(times.map(microseconds => microseconds * 1_000))
}

/**
 * How many times another line's a line's is: within each round where one process measured both. Across processes no two
 * rounds belong together: what each is of its own base is divided, and the quartiles are the widest that these allow.
 */
export function timesOf(line: Line, other: Line, by: Metric = 'time'): Quartiles {
  if (by === 'beyond') return quotient(beyond(line), beyond(other))
  if (line.base === other.base) return quartilesOf(ratios(line.row.rounds[by] ?? [], other.row.rounds[by] ?? []))
  return quotient(timesOfBase(line, by), timesOfBase(other, by))
}

/** The median of the rounds, in microseconds. */
export function typical({ row }: Line, by: Timed = 'time'): number {
  return quantile(row.rounds[by] ?? [], 0.5)
}

function quotient(left: Quartiles, right: Quartiles): Quartiles {
  return {
    lower: left.lower / atLeast(right.upper),
    median: left.median / atLeast(right.median),
    upper: left.upper / atLeast(right.lower),
  }
}

/** Less than nothing, and nothing, are noise. */
function atLeast(value: number): number {
  return Math.max(value, Number.EPSILON)
}
