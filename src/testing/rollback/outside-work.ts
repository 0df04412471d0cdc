import type { QueryRunner } from 'typeorm'
import { type ContextNode, currentContext, runInContext } from '../../core/async-context'
import type { BoundaryCall } from '../../tx/boundary-call'
import type { IsolationLevel } from '../../tx/isolation'
import { defineTransaction, type TransactionalOptions } from '../../tx/options'
import { OUTSIDE } from '../../tx/trace'
import type { TransactionManager } from '../../tx/transaction-manager'

export type ReadStream = Awaited<ReturnType<QueryRunner['stream']>>

/** As whom a single statement appears in messages. */
export const STATEMENT = OUTSIDE

/** What one runner does outside every scope of a test: single statements, and the transactions that it was told to start. */
export class OutsideWork {
  readonly #manager: TransactionManager
  readonly #runnerOfScope: () => QueryRunner
  readonly #open: OwnTransaction[] = []

  /** `runnerOfScope` makes a runner of the scope that it is called in. */
  constructor(manager: TransactionManager, runnerOfScope: () => QueryRunner) {
    this.#manager = manager
    this.#runnerOfScope = runnerOfScope
  }

  get depth(): number {
    return this.#open.length
  }

  run<T>(send: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const fn = (): Promise<T> => send(this.#runnerOfScope())
    const own = this.#open.at(-1)
    if (own) return own.run(fn)
    return this.#manager.execute({ ...boundary(this.#manager, { label: STATEMENT }), fn }) as Promise<T>
  }

  /** A stream that no transaction is around is given one, which ends with it. */
  async stream(open: (runner: QueryRunner) => Promise<ReadStream>): Promise<ReadStream> {
    if (this.depth > 0) return this.run(open)
    const own = await OwnTransaction.start(this.#manager, { label: STATEMENT })
    try {
      const stream = await own.run(() => open(this.#runnerOfScope()))
      // What failed on its way has been the reader's to hear.
      stream.once('close', () => void own.commit().catch(() => undefined))
      return stream
    } catch (error) {
      await own.rollback()
      throw error
    }
  }

  /** Starts a transaction, inside the one that is open a savepoint. */
  async start(isolation: IsolationLevel | undefined): Promise<void> {
    const outer = this.#open.at(-1)
    const options: TransactionalOptions = {
      label: 'startTransaction()',
      propagation: outer ? 'NESTED' : 'REQUIRES_NEW',
      ...(isolation === undefined ? {} : { isolation }),
    }
    const start = (): Promise<OwnTransaction> => OwnTransaction.start(this.#manager, options)
    this.#open.push(await (outer ? outer.run(start) : start()))
  }

  /** The innermost one, to be ended by the caller. */
  leave(): OwnTransaction | undefined {
    return this.#open.pop()
  }
}

interface Exits {
  commit(): void
  rollback(reason: Error): void
}

/** A transaction that begins and ends with a call each: its boundary waits in between. */
class OwnTransaction {
  readonly #context: ContextNode | undefined = currentContext()
  readonly #exits: Exits
  readonly #outcome: () => Promise<unknown>

  private constructor(exits: Exits, outcome: () => Promise<unknown>) {
    this.#exits = exits
    this.#outcome = outcome
  }

  static start(manager: TransactionManager, options: TransactionalOptions): Promise<OwnTransaction> {
    return new Promise((resolve, reject) => {
      const fn = (): Promise<void> =>
        new Promise((commit, rollback) => {
          resolve(new OwnTransaction({ commit, rollback }, () => outcome))
        })
      const outcome = manager.execute({ ...boundary(manager, options), fn }) as Promise<unknown>
      // Where it could not begin; later failures are those of commit() and rollback().
      outcome.catch(reject)
    })
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return runInContext(this.#context, work)
  }

  async commit(): Promise<void> {
    this.#exits.commit()
    await this.#outcome()
  }

  async rollback(): Promise<void> {
    const asked = new Error('rollbackTransaction()')
    this.#exits.rollback(asked)
    await this.#outcome().catch((error: unknown) => {
      if (error !== asked) throw error
    })
  }
}

function boundary(manager: TransactionManager, options: TransactionalOptions): Omit<BoundaryCall, 'fn'> {
  const dataSource = manager.resource.name
  const definition = defineTransaction({ propagation: 'REQUIRES_NEW', ...options, dataSource }, STATEMENT)
  return { definition, self: undefined, args: [] }
}
