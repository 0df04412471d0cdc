import { type ContextKey, runWithValue } from '../core/async-context'
import { checkCrossWrites } from './cross-writes'
import type { Environment } from './environment'
import { late } from './late'
import { Scope } from './scope'
import { tracedStatement } from './trace'

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
  /** Whether it may go out in one write with others of its kind that are asked for at the same time. */
  readonly shares?: boolean
}

/**
 * Runs a statement in a scope's transaction: in its turn, behind its savepoints, refused once the scope is over.
 *
 * @throws TransactionEndedError `AMBIT_TX_ENDED` for late work, TurnTimeoutError `AMBIT_TX_TURN_TIMEOUT`,
 * TransactionTimedOutError `AMBIT_TX_TIMED_OUT`, TransactionAbortedError `AMBIT_TX_ABORTED`
 */
export function runStatement<T>(scope: Scope, environment: Environment, statement: Statement<T>): Promise<T> {
  const { physical, block } = scope
  if (physical === undefined || block === undefined || block.closed)
    return Promise.reject(late(scope, environment, 'statement', statement.text))
  if (scope.deadlineError) return Promise.reject(scope.deadlineError)
  // A transaction of one statement has nothing to share a turn with.
  const shared = statement.shares === true && physical.definition.single === undefined
  const inTurn = (run: () => Promise<T>): Promise<T> =>
    shared ? physical.runShared(scope, block, run) : physical.run(scope, block, run)
  if (!environment.observed) return inTurn(() => send(scope, environment, statement))
  return tracedStatement(scope, physical, statement.text, sent =>
    inTurn(() => {
      sent()
      return send(scope, environment, statement)
    }),
  )
}

function send<T>(scope: Scope, environment: Environment, statement: Statement<T>): Promise<T> {
  const { effect, reentrant } = statement
  if (effect === 'write' && !scope.wrote) {
    checkCrossWrites(scope, environment)
    scope.note('wrote')
  }
  if (reentrant === undefined || scope.block === undefined) return statement.run()
  const block = scope.block.child(scope.label, undefined)
  const inner = new Scope('participant', scope.definition, {
    physical: scope.physical,
    block,
    outer: scope,
    calledIn: scope.calledIn,
    boundary: scope.boundary,
  })
  return runWithValue(reentrant, inner, () => statement.run()).finally(() => {
    block.dissolve()
  })
}
