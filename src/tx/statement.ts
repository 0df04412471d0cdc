import { type ContextKey, runWithValue } from '../core/async-context'
import type { Environment } from './environment'
import { TransactionEndedError } from './errors'
import { Scope } from './scope'

/** A statement on its way through a scope. */
export interface Statement<T> {
  readonly text: string
  readonly effect: 'read' | 'write'
  /** Sends it on the transaction's connection; called when the turn is ours. */
  run(): Promise<T>
  /**
   * Set where sending it may itself run statements of the same transaction (TypeORM subscribers): they get a block of
   * their own, or they would wait for the turn that this statement holds.
   */
  readonly reentrant?: ContextKey<Scope> | undefined
}

/**
 * Runs a statement in a scope's transaction: in its turn, behind its savepoints, refused once the scope is over.
 *
 * @throws TransactionEndedError `AMBIT_TX_ENDED` for late work, TurnTimeoutError `AMBIT_TX_TURN_TIMEOUT`,
 * TransactionTimedOutError `AMBIT_TX_TIMED_OUT`, TransactionAbortedError `AMBIT_TX_ABORTED`
 */
export async function runStatement<T>(scope: Scope, environment: Environment, statement: Statement<T>): Promise<T> {
  const { physical, block } = scope
  if (physical === undefined || block === undefined || block.closed) throw late(scope, environment)
  if (scope.deadlineError) throw scope.deadlineError
  const run = (): Promise<T> => physical.run(scope, block, () => send(scope, statement))
  if (!environment.observed) return run()
  const started = performance.now()
  let failure: unknown
  try {
    return await run()
  } catch (error) {
    failure = error
    throw error
  } finally {
    environment.emit(() => ({
      kind: 'statement',
      boundary: scope.boundary,
      transaction: physical.id,
      text: statement.text,
      error: failure,
      durationMs: performance.now() - started,
    }))
  }
}

function send<T>(scope: Scope, statement: Statement<T>): Promise<T> {
  const { effect, reentrant } = statement
  if (effect === 'write') scope.note('wrote')
  if (reentrant === undefined || scope.block === undefined) return statement.run()
  const block = scope.block.child(scope.label, undefined)
  const inner = new Scope('participant', scope.definition, {
    physical: scope.physical,
    block,
    outer: scope,
    calledIn: scope.calledIn,
  })
  return runWithValue(reentrant, inner, () => statement.run()).finally(() => {
    block.dissolve()
  })
}

/** Late work is refused, and reported too: the promise it belongs to may well be one that nobody awaits. */
export function late(scope: Scope, environment: Environment): TransactionEndedError {
  const error = new TransactionEndedError(scope.label)
  environment.report(error)
  return error
}
