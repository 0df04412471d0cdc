import { assertNever } from '../../core/assert-never'
import { shortened } from '../../core/shown-sql'
import type { TraceError, TraceStep, TransactionTrace } from './transaction-trace'

/**
 * A trace as text, a tree of calls and their steps, as `bootstrap({ trace: true })` prints it.
 *
 * @example
 * import { printTrace } from 'ambit'
 * for (const trace of app.traces) if (trace.error) console.log(printTrace(trace))
 */
export function printTrace(trace: TransactionTrace): string {
  return lines(trace).join('\n')
}

function lines(trace: TransactionTrace): string[] {
  const { steps, omitted } = trace
  const branches = steps.map(step => (step.kind === 'boundary' ? lines(step) : [leaf(step)]))
  if (omitted > 0) branches.push([`… and ${omitted} more steps`])
  return [head(trace), ...branches.flatMap((branch, index) => indented(branch, index === branches.length - 1))]
}

function indented([first = '', ...rest]: readonly string[], last: boolean): string[] {
  return [`${last ? '└─' : '├─'} ${first}`, ...rest.map(line => `${last ? '  ' : '│ '} ${line}`)]
}

function head(trace: TransactionTrace): string {
  const { label, late, inert, waitedMs, durationMs, error, decision } = trace
  const facts = [decided(trace), late && 'after the end of its caller', inert.length > 0 && 'its retry has no effect']
  const time = decision === 'refused' ? '' : durationMs === undefined ? '  still running' : milliseconds(durationMs)
  return `${label}  ${facts.filter(fact => fact !== false).join(', ')}${time}${waited(waitedMs)}${failure(error)}`
}

function decided({ decision, transaction = '', suspended, dataSource }: TransactionTrace): string {
  const beside = suspended === undefined ? '' : `, suspended ${suspended}`
  const where = dataSource === 'default' ? '' : ` on ${dataSource}`
  const words = {
    began: `began ${transaction}${beside}`,
    joined: `joined ${transaction}`,
    savepoint: `savepoint in ${transaction}`,
    'no-transaction': `no transaction${where}${beside}`,
    refused: `refused${where}`,
  } as const satisfies Record<TransactionTrace['decision'], string>
  return words[decision]
}

function leaf(step: Exclude<TraceStep, TransactionTrace>): string {
  switch (step.kind) {
    case 'statement':
      return `${shortened(step.text)}${milliseconds(step.durationMs)}${waited(step.waitedMs)}${failure(step.error)}`
    case 'control':
      return `${step.command}${milliseconds(step.durationMs)}${failure(step.error)}`
    case 'hook':
      return `${step.phase} hook of ${step.registeredIn}${milliseconds(step.durationMs)}${failure(step.error)}`
    case 'attempt':
      return `attempt ${step.attempt} in ${step.transaction}${waited(step.waitedMs)}${step.error ? `, after${failure(step.error)}` : ''}`
    case 'end':
      return `→ ${OUTCOMES[step.outcome]}${step.doomedBy === undefined ? '' : `, because of ${step.doomedBy}`}`
    case 'late':
      return `late ${step.what}${step.text === undefined ? '' : `: ${shortened(step.text)}`}${failure(step.error)}`
    default:
      return assertNever(step)
  }
}

function milliseconds(time: number | undefined): string {
  return time === undefined ? '' : `  ${time.toFixed(1)} ms`
}

/** Below a millisecond nobody has waited. */
function waited(time: number): string {
  return time < 1 ? '' : ` (waited ${time.toFixed(1)} ms)`
}

function failure(error: TraceError | undefined): string {
  if (error === undefined) return ''
  const code = error.code === undefined ? '' : ` [${error.code}]`
  return `  ✗ ${error.name}${code}${error.message === undefined ? '' : `: ${error.message}`}`
}

const OUTCOMES = { committed: 'committed', 'rolled-back': 'rolled back', unknown: 'outcome unknown' } as const
