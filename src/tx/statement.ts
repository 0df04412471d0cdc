import { type ContextKey, runWithValue } from '../core/async-context'
import type { Prompt } from '../core/prompt'
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
  readonly run: () => Prompt<T>
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
export function runStatement<T>(scope: Scope, environment: Environment, statement: Statement<T>): Prompt<T> {
  const { physical, block } = scope
  if (physical === undefined || block === undefined || block.closed)
    return Promise.reject(late(scope, environment, 'statement', statement.text))
  if (scope.deadlineError) return Promise.reject(scope.deadlineError)
  const { text } = statement
  const { single, timeoutMs } = physical.definition
  // A transaction of one statement has nothing to share a turn with; a deadline leaves each statement what the one before
  // has left, which is known when that was answered.
  const several = single === undefined || single === 'turn'
  const shared = statement.shares === true && several && timeoutMs === undefined
  const inTurn = (run: () => Prompt<T>): Prompt<T> =>
    shared ? physical.runShared(scope, block, text, run) : physical.run(scope, block, text, run)
  if (!environment.observed) return inTurn(() => send(scope, environment, statement))
  return tracedStatement(scope, physical, text, async sent =>
    inTurn(() => {
      sent()
      return send(scope, environment, statement)
    }),
  )
}

function send<T>(scope: Scope, environment: Environment, statement: Statement<T>): Prompt<T> {
  if (statement.effect === 'write' && !scope.wrote) {
    checkCrossWrites(scope, environment)
    scope.note('wrote')
  }
  return sendReentrant(scope, statement)
}

/** Sends what holds the turn: statements that come while it is sent have a block of their own, where `reentrant` is set. */
export function sendReentrant<T>(scope: Scope, { reentrant, run }: Pick<Statement<T>, 'reentrant' | 'run'>): Prompt<T> {
  if (reentrant === undefined || scope.block === undefined) return run()
  const block = scope.block.child(scope.label, undefined)
  const inner = new Scope('participant', scope.definition, {
    physical: scope.physical,
    block,
    outer: scope,
    calledIn: scope.calledIn,
    boundary: scope.boundary,
  })
  return runWithValue(reentrant, inner, async () => run()).finally(() => {
    block.dissolve()
  })
}
