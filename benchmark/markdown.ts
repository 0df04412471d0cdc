import { listed } from './commands'
import type { Measured, Measurement } from './measure'
import type { Quartiles } from './statistics'
import type { Workload } from './workloads/workload'

/** A work and what its processes measured. */
export interface Result {
  readonly workload: Workload
  /** Never empty; each has the base in front. */
  readonly measurements: readonly Measurement[]
}

/** The whole report: what it was measured with, and a table per work. */
export function page(title: string, facts: readonly string[], results: readonly Result[]): string {
  const found = results.flatMap(({ measurements }) => measurements.flatMap(measurement => measurement.facts))
  const list = [...new Set([...facts, ...found])].map(fact => `- ${fact}`)
  return [`# ${title}`, list.join('\n'), ...results.map(section)].join('\n\n') + '\n'
}

/** One work: title, goal, where it ran, table. */
export function section({ workload, measurements }: Result): string {
  const [head, divider] = HEADS[workload.shows]
  const lines = rowsOf(measurements).map(row => LINES[workload.shows](row, ambitTimes(measurements)))
  const regimes = [...new Set(measurements.map(({ regime }) => regime.text))]
  const preface = `Goal: ${workload.goal}. Ran on ${regimes.join(', then on ')}.`
  return [`## ${workload.title}`, preface, [head, divider, ...lines].join('\n')].join('\n\n')
}

/** Where several processes measured, the base is the first one's; each of the others is compared with its own. */
function rowsOf(measurements: readonly Measurement[]): readonly Measured[] {
  return measurements.flatMap(({ rows }, process) =>
    process === 0 ? rows : rows.filter(({ name }) => !isIn(measurements[0], name)),
  )
}

function isIn(measurement: Measurement | undefined, name: string): boolean {
  return measurement?.rows.some(row => row.name === name) ?? false
}

/** The ratio of Ambit's fastest way to the base, for the column that compares the others with it. */
function ambitTimes(measurements: readonly Measurement[]): number {
  const own = measurements.flatMap(({ rows }) => rows).filter(({ name }) => name.startsWith('Ambit'))
  return Math.min(...own.map(({ ratio }) => ratio.median))
}

const HEADS = {
  ratio: [
    '| variant | x base | quartiles | us | x Ambit | round trips | commands |',
    '|---|---:|---|---:|---:|---:|---|',
  ],
  ns: ['| variant | ns beyond the bare call | quartiles | us |', '|---|---:|---|---:|'],
} as const satisfies Record<Workload['shows'], readonly [string, string]>

const LINES = {
  ratio: ({ name, ratio, microseconds, roundTrips, commands }, ambit) =>
    cells([
      name,
      ratio.median.toFixed(2),
      range(ratio, 2),
      microseconds.toFixed(1),
      (ratio.median / ambit).toFixed(2),
      roundTrips === undefined ? '' : String(roundTrips),
      listed(commands),
    ]),
  ns: ({ name, beyond, microseconds }) =>
    cells([name, beyond.median.toFixed(0), range(beyond, 0), microseconds.toFixed(3)]),
} as const satisfies Record<Workload['shows'], (row: Measured, ambit: number) => string>

function range({ lower, upper }: Quartiles, digits: number): string {
  return `${lower.toFixed(digits)} – ${upper.toFixed(digits)}`
}

function cells(values: readonly string[]): string {
  return `| ${values.join(' | ')} |`
}
