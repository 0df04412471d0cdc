import type { DataSource, EntityManager, QueryRunner } from 'typeorm'
import type { Scope } from '../tx/scope'
import type { TransactionManager } from '../tx/transaction-manager'
import { type RawClient, rawClient } from './raw-client'
import { rememberHandle, ScopeHandle } from './scope-handle'
import type { StockRunnerClass } from './stock-runner'

type ReadStream = Awaited<ReturnType<QueryRunner['stream']>>

type Mutable<T, K extends keyof T> = Omit<T, K> & { -readonly [P in K]: T[P] }

export type ScopedRunnerClass = new (scope: Scope) => QueryRunner

/**
 * The runner that TypeORM and users hold inside a scope: a handle on the scope's transaction. One per
 * `createQueryRunner()` call, because TypeORM keeps an operation's own `data` on it. Statements take the transaction's
 * turn; transaction control is refused, since it belongs to the scope; `release()` ends the handle only.
 */
export function scopedRunnerClass(
  Stock: StockRunnerClass,
  dataSource: DataSource,
  manager: TransactionManager,
): ScopedRunnerClass {
  return refusingControl(sendingInTurn(handleClass(Stock, dataSource, manager)))
}

type HandleRunner = QueryRunner & { readonly handle: ScopeHandle }
type HandleRunnerClass = new (scope: Scope) => HandleRunner

/** What the runner is: its state is the handle's, and its end the handle's only. */
function handleClass(
  Stock: StockRunnerClass,
  dataSource: DataSource,
  transactions: TransactionManager,
): HandleRunnerClass {
  return class extends Stock {
    declare readonly handle: ScopeHandle
    #manager: EntityManager | undefined

    constructor(scope: Scope) {
      super(dataSource.driver, 'master')
      const handle = new ScopeHandle(scope, transactions, dataSource)
      Object.defineProperty(this, 'handle', { value: handle })
      rememberHandle(this, handle)
    }

    // TypeORM's constructor assigns these three; the setters ignore it.
    override get isReleased(): boolean {
      return this.handle.over
    }
    override set isReleased(_: boolean) {
      // the handle knows
    }
    override get isTransactionActive(): boolean {
      return true
    }
    override set isTransactionActive(_: boolean) {
      // the scope knows
    }
    override get manager(): EntityManager {
      return (this.#manager ??= dataSource.createEntityManager(this))
    }
    override set manager(manager: EntityManager) {
      this.#manager = manager
    }

    override async release(): Promise<void> {
      this.handle.released = true
    }

    // TypeORM 1.x would commit here.
    override [Symbol.asyncDispose](): Promise<void> {
      return this.release()
    }
  }
}

/** What the runner does: everything it sends takes the transaction's turn. */
function sendingInTurn(Base: HandleRunnerClass): HandleRunnerClass {
  return class extends Base {
    override async query<T>(text: string, parameters?: unknown[], useStructuredResult = false): Promise<T> {
      // TypeORM's own refusal.
      if (this.handle.released) return (await super.query(text, parameters)) as T
      // Read-only in TypeORM's types: it expects one runner per broadcaster, and we lend it the handle's.
      const inner = this.handle.transaction.runner as Mutable<QueryRunner, 'broadcaster'>
      return this.handle.run(text, async () => {
        const before = inner.broadcaster
        // Subscribers must be given this handle: the inner runner would bypass the turn.
        inner.broadcaster = this.broadcaster
        try {
          return (await inner.query(text, parameters, useStructuredResult as true)) as T
        } finally {
          inner.broadcaster = before
        }
      })
    }

    /** Stands in for the raw client. */
    override async connect(): Promise<unknown> {
      const { runner } = this.handle.transaction
      const connected = (): Promise<RawClient> => runner.connect() as Promise<RawClient>
      return rawClient(
        (text, send) => this.handle.run(text, async () => send(await connected())),
        this.handle.scope.label,
      )
    }

    /** Rows of a query in portions, between which other statements of the scope run. */
    override async stream(
      text: string,
      parameters?: unknown[],
      onEnd?: () => void,
      onError?: (error: Error) => void,
    ): Promise<ReadStream> {
      const { transaction } = this.handle
      if (!transaction.stream || this.handle.released) return super.stream(text, parameters, onEnd, onError)
      const session = this.handle.session((statement, values) => this.query(statement, values))
      const opened = transaction.stream(text, parameters ?? [], session)
      if (onEnd) opened.on('end', onEnd)
      if (onError) opened.on('error', onError)
      return opened as unknown as ReadStream
    }
  }
}

function refusingControl(Base: HandleRunnerClass): HandleRunnerClass {
  return class extends Base {
    override async startTransaction(): Promise<void> {
      throw this.handle.explicit('startTransaction()')
    }

    override async commitTransaction(): Promise<void> {
      throw this.handle.explicit('commitTransaction()')
    }

    override async rollbackTransaction(): Promise<void> {
      throw this.handle.explicit('rollbackTransaction()')
    }
  }
}
