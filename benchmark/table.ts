import { listed } from './commands'
import { beyond, type Line, slowestOfAmbit, timesOf, timesOfBase, typical } from './lines'
import type { Reading, Timed } from './measured'
import { withQuartiles } from './verdict'
import type { Kind } from './workloads/workload'

/** A column of a work's table. */
interface Column {
  readonly head: string
  /** Numbers are on the right, so that they can be compared. */
  readonly right?: true
  readonly cell: (line: Line, ambit: Line | undefined) => string
}

/** The lines of a work, each in a row. */
export function table(kind: Kind, lines: readonly Line[]): string {
  const ambit = slowestOfAmbit(lines)
  const columns = COLUMNS[kind].filter(({ cell }) => lines.some(line => cell(line, ambit) !== ''))
  return markdownTable(
    columns.map(({ head, right }) => ({ head, right: right === true })),
    lines.map(line => columns.map(({ cell }) => cell(line, ambit))),
  )
}

/** A table of texts. */
export function markdownTable(
  columns: readonly { readonly head: string; readonly right: boolean }[],
  rows: readonly (readonly string[])[],
): string {
  const divider = `|${columns.map(({ right }) => (right ? '---:' : '---')).join('|')}|`
  return [cells(columns.map(({ head }) => head)), divider, ...rows.map(cells)].join('\n')
}

function cells(values: readonly string[]): string {
  return `| ${values.join(' | ')} |`
}

const VARIANT: Column = { head: 'variant', cell: ({ row: { name } }) => name }
const MICROSECONDS: Column = number('us', line => microseconds(typical(line)))
const X_BASE: Column = number('x base', line => withQuartiles(timesOfBase(line), 2))
const X_AMBIT: Column = number('x Ambit', (line, ambit) => (ambit ? timesOf(line, ambit).median.toFixed(2) : ''))
const PER_SECOND: Column = number('calls/s', line => (1_000_000 / typical(line)).toFixed(0))
const DONE: readonly Column[] = [
  number('round trips', ({ row: { roundTrips } }) => (roundTrips === undefined ? '' : String(roundTrips))),
  { head: 'commands', cell: ({ row: { commands } }) => listed(commands) },
]
const LATENCY: readonly Column[] = [...latency('p50'), ...latency('p99')]

const PHASES: readonly Column[] = [
  milliseconds('import', 'import'),
  milliseconds('declare', 'declare'),
  milliseconds('start', 'start'),
  number('start x base', line => withQuartiles(timesOfBase(line, 'start'), 2)),
  number('start x Ambit', (line, ambit) => (ambit ? timesOf(line, ambit, 'start').median.toFixed(2) : '')),
  milliseconds('all', 'time'),
]

const COLUMNS = {
  overhead: [
    VARIANT,
    number('ns beyond the base', line => withQuartiles(beyond(line), 0)),
    number('us', line => typical(line).toFixed(3)),
  ],
  calls: [VARIANT, X_BASE, MICROSECONDS, X_AMBIT, ...DONE],
  callers: [VARIANT, X_BASE, PER_SECOND, X_AMBIT, ...LATENCY, ...DONE],
  arrivals: [VARIANT, ...LATENCY, ...DONE],
  trial: [
    VARIANT,
    reading('attempts', 'callers'),
    reading('errors', 'errors'),
    reading('dirtyReads', 'dirty reads'),
    reading('lostWrites', 'lost writes'),
    reading('refusals', 'refused'),
    reading('slowestMs', 'slowest refusal, ms', 1),
    ...DONE,
  ],
  processes: [VARIANT, ...PHASES],
} as const satisfies Record<Kind, readonly Column[]>

/** What takes less than one would have a single digit. */
function microseconds(value: number): string {
  return value.toFixed(value < 1 ? 3 : 1)
}

function number(head: string, cell: Column['cell']): Column {
  return { head, right: true, cell }
}

function latency(by: Timed): readonly Column[] {
  return [
    number(`${by} ms`, line => (typical(line, by) / 1_000).toFixed(2)),
    number(`${by} x base`, line => withQuartiles(timesOfBase(line, by), 2)),
  ]
}

function milliseconds(head: string, by: Timed): Column {
  return number(`${head} ms`, line => (typical(line, by) / 1_000).toFixed(1))
}

function reading(name: Reading, head: string, digits = 0): Column {
  return number(head, ({ row: { readings } }) => readings[name]?.toFixed(digits) ?? '')
}
