import { shownSql } from '../../core/shown-sql'
import type { ExecutionEvent } from '../execution-listener'
import { traceError } from './trace-error'
import type { AttemptStep, ControlStep, EndStep, HookStep, LateStep, StatementStep } from './transaction-trace'

type Event<K extends ExecutionEvent['kind']> = Extract<ExecutionEvent, { readonly kind: K }>

export function statementStep({ text, waitedMs, durationMs, error }: Event<'statement-end'>): StatementStep {
  return { kind: 'statement', text: shownSql(text), waitedMs, durationMs, error: traceError(error) }
}

export function controlStep({ action, command }: Event<'control'>): ControlStep {
  return { kind: 'control', action, command, durationMs: undefined, error: undefined }
}

export function hookStep({ phase, registeredIn }: Event<'hook'>): HookStep {
  return { kind: 'hook', phase, registeredIn, durationMs: undefined, error: undefined }
}

export function attemptStep({ attempt, transaction, waitedMs, error }: Event<'attempt'>): AttemptStep {
  return { kind: 'attempt', attempt, transaction, waitedMs, error: traceError(error) }
}

export function endStep({ transaction, outcome, doomedBy, durationMs }: Event<'end'>): EndStep {
  return { kind: 'end', transaction, outcome, doomedBy, durationMs }
}

export function lateStep({ what, text, error }: Event<'late'>): LateStep {
  return { kind: 'late', what, text: text === undefined ? undefined : shownSql(text), error: traceError(error) }
}
