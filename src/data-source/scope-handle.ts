import type { DataSource } from 'typeorm'
import { currentContext, runInContext } from '../core/async-context'
import { statementEffect } from '../core/statement-effect'
import type { Scope } from '../tx/scope'
import { runStatement } from '../tx/statement'
import type { TransactionManager } from '../tx/transaction-manager'
import { endsTransaction } from './control-text'
import { concealValues } from './driver-error'
import type { RunnerTransaction, StreamSession } from './engine'
import { ExplicitTransactionError } from './errors'

/** What a runner of a scope is a handle on: sends statements in the scope's transaction, in their turn. */
export class ScopeHandle {
  released = false
  readonly #dataSource: DataSource

  constructor(
    readonly scope: Scope,
    readonly manager: TransactionManager,
    dataSource: DataSource,
  ) {
    this.#dataSource = dataSource
  }

  get over(): boolean {
    return this.released || this.scope.state === 'ended'
  }

  get transaction(): RunnerTransaction {
    return this.scope.physical?.resource as RunnerTransaction
  }

  /**
   * The innermost scope of the same transaction around the running code, else its own: a handle that is passed into a
   * NESTED block works in its savepoint, also from inside a REQUIRES_NEW. One whose own scope is over stays there.
   */
  get innermost(): Scope {
    if (this.scope.state === 'ended') return this.scope
    for (let at = this.manager.current; at; at = at.outer) {
      if (at.physical !== undefined && at.physical === this.scope.physical) return at
    }
    return this.scope
  }

  async run<T>(text: string, run: () => Promise<T>): Promise<T> {
    if (endsTransaction(text)) throw this.explicit('Transaction control as SQL text')
    // Asked each time: components register themselves as subscribers when they are built.
    const reentrant = this.#dataSource.subscribers.some(listensToStatements) ? this.manager.key : undefined
    const { transaction } = this
    const observed = async (): Promise<T> => {
      transaction.observe?.(text)
      try {
        return await run()
      } catch (error) {
        throw transaction.failure?.(error) ?? error
      }
    }
    try {
      const statement = { text, effect: statementEffect(text), run: observed, reentrant }
      return await runStatement(this.innermost, this.manager.environment, statement)
    } catch (error) {
      throw concealValues(error)
    }
  }

  /** What a stream works with: whoever reads it, its statements run where it was opened. */
  session(query: StreamSession['query']): StreamSession {
    const openedIn = currentContext()
    const scope = this.innermost
    return {
      query: (text, parameters) => runInContext(openedIn, () => query(text, parameters)),
      ended: () => scope.state === 'ended',
    }
  }

  /** The error of transaction control that belongs to the scope. */
  explicit(what: string): ExplicitTransactionError {
    const { label } = this.scope
    return new ExplicitTransactionError('AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION', {
      what: `${what} was used inside the transaction of ${label}, which begins and ends by itself.`,
      where: label,
      next: "Use transactional({ propagation: 'NESTED' }, …) or dataSource.transaction(…) for a block of its own, or detached(…) for an independent connection.",
    })
  }

  /** The error of schema work that is only safe with foreign keys off. */
  foreignKeys(what: string): ExplicitTransactionError {
    const { label } = this.scope
    return new ExplicitTransactionError('AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION', {
      what: `${what} was asked for inside the transaction of ${label}, where SQLite cannot switch foreign keys off: to drop a table deletes the rows that refer to it.`,
      where: label,
      next: "Run it outside every transaction, or as a migration of a start (schema: 'migrate').",
    })
  }
}

const handles = new WeakMap<object, ScopeHandle>()

export function rememberHandle(runner: object, handle: ScopeHandle): void {
  handles.set(runner, handle)
}

/** What a runner is a handle on; `undefined` for one with a connection of its own. */
export function handleOf(runner: object): ScopeHandle | undefined {
  return handles.get(runner)
}

/** Whether a subscriber wants to see statements, and may send some of its own. */
export function listensToStatements(subscriber: object): boolean {
  return LISTENERS_OF_STATEMENTS.some(name => name in subscriber)
}

const LISTENERS_OF_STATEMENTS = [
  'beforeQuery',
  'afterQuery',
  'beforeTransactionStart',
  'afterTransactionStart',
] as const
