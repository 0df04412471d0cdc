import { linesOf } from './lines'
import type { Measurement } from './measured'
import { markdownTable, table } from './table'
import { judged, judgedFloor, type Verdict } from './verdict'
import { type Goal, sentence } from './workloads/goal'
import type { Workload } from './workloads/workload'

/** A work and what its processes measured. */
export interface Result {
  readonly workload: Workload
  /** Each has the base in front. */
  readonly measurements: readonly Measurement[]
  /** Why there are not more of them. */
  readonly failures: readonly string[]
}

/** The whole report: the goals with their verdicts, what it was measured with, and a table for each work. */
export function page(title: string, facts: readonly string[], results: readonly Result[]): string {
  const found = results.flatMap(({ measurements }) => measurements.flatMap(measurement => measurement.facts))
  const list = unique([...facts, ...found]).map(fact => `- ${fact}`)
  return (
    [`# ${title}`, summary(results), '## Measured with', list.join('\n'), ...results.map(section)].join('\n\n') + '\n'
  )
}

/** Every goal, what was measured, what became of it, and what a floor would have reached. */
export function summary(results: readonly Result[]): string {
  const goals = results.flatMap(result => verdictsOf(result).map(each => ({ ...each, work: result.workload.name })))
  const rows = goals.map(({ goal, work, verdict, floor }) => [
    goal.of,
    work,
    sentence(goal),
    verdict.measured,
    verdict.met === true ? verdict.text : `**${verdict.text}**`,
    floor === undefined ? '' : `${floor.measured}${floor.met ? '' : ', missed'}`,
  ])
  const heads = ['', 'work', 'target', 'measured [quartiles]', 'verdict', 'floor'].map(head => ({ head, right: false }))
  return [counts(goals), markdownTable(heads, rows)].join('\n\n')
}

function counts(goals: readonly Judged[]): string {
  const met = goals.filter(({ verdict }) => verdict.met).length
  const barred = goals.filter(({ verdict, floor }) => verdict.met === false && floor?.met === false).length
  const whole = `${met} of ${goals.length} targets are met.`
  return barred === 0 ? whole : `${whole} Of the others, the floor misses ${barred} too: nothing can meet them here.`
}

/** One work: title, goals with their verdicts, where it ran, table. */
export function section(result: Result): string {
  const { workload, measurements, failures } = result
  const lines = linesOf(measurements)
  const goals = verdictsOf(result).map(verdictLine)
  return [
    `## ${workload.title}`,
    ...(goals.length > 0 ? [goals.join('\n')] : []),
    ...failures.map(failure => `A process failed: ${failure}`),
    ...(lines.length > 0 ? [circumstances(measurements), table(workload.method.kind, lines)] : []),
  ].join('\n\n')
}

interface Judged {
  readonly goal: Goal
  readonly verdict: Verdict
  readonly floor: ReturnType<typeof judgedFloor>
}

function verdictsOf({ workload, measurements }: Result): readonly Judged[] {
  const lines = linesOf(measurements)
  return workload.goals.map(goal => ({ goal, verdict: judged(goal, lines), floor: judgedFloor(goal, lines) }))
}

function verdictLine({ goal, verdict: { measured, text } }: Judged): string {
  return `- ${goal.of}, ${sentence(goal)}: ${measured === '' ? '' : `${measured}, `}${text}`
}

/** Where it ran, and under what; once where several processes agree. */
function circumstances(measurements: readonly Measurement[]): string {
  const regimes = unique(measurements.map(({ regime }) => regime.text))
  const others = unique(measurements.flatMap(measurement => measurement.circumstances))
  return [`Ran on ${regimes.join(', then on ')}`, ...others].join('; ') + '.'
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
