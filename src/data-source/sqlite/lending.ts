import { type Connection, quoted } from './connection'
import { SqliteSerializationError, SqliteTransactionLostError } from './errors'
import type { Hold } from './hold'
import { Loan, type LoanParty } from './loan'
import { LoanGate } from './loan-gate'
import type { Flow } from '../../core/prompt'
import { borrowerWaits, lentOut, refusedLoan } from './refusals'
import type { TransactionCommands } from './transaction-commands'
import type { WriterRequest } from './writer-access'

/** The transaction that lends, as its lending sees it. */
export interface LendingOwner {
  readonly label: string
  readonly wrote: boolean
  /** The isolation that was asked for in words. */
  readonly isolation: string | undefined
  /** Its connection, once the transaction has begun and until it has ended. */
  readonly begunOn: Hold | undefined
  readonly savepoints: readonly string[]
  /** Makes everything after this fail. */
  fail(error: Error): void
}

/**
 * How a transaction that has only read lends the writer to transactions inside it: its own, empty so far, is committed; the
 * borrower's runs on the same connection; then its own begins again. What others committed in the gap would make its reads
 * stale, so that fails it as a serialization error, which a retry cures.
 */
export class Lending implements LoanParty {
  readonly #owner: LendingOwner
  readonly #commands: TransactionCommands
  readonly #gate = new LoanGate()
  #loan: Loan | undefined
  /** Whether the owner's end is under way: nobody in the line is lent to any more, or the end would wait for them. */
  #ending = false
  /** Set while the owner's transaction is suspended: what other connections had committed until then. */
  #versionBefore: string | undefined

  constructor(owner: LendingOwner, commands: TransactionCommands) {
    this.#owner = owner
    this.#commands = commands
  }

  /** Lets a statement of the owner in, where the connection is not lent; {@link leave} follows. */
  enterNow(): boolean {
    return this.#gate.enterNow()
  }

  leave(): void {
    this.#gate.leave()
  }

  /** Runs the owner's own work: never while the connection is lent. */
  *whileOurs<T>(work: () => Flow<T>): Flow<T> {
    const { wait } = this.#commands
    yield this.#gate.enter(wait, () => lentOut(wait, this.#loan))
    try {
      return yield* work()
    } finally {
      this.#gate.leave()
    }
  }

  /**
   * Runs the owner's end, when nothing else is under way. While the connection is lent there is nothing to end: the owner
   * has written nothing and its transaction is over, so the connection stays with the borrower, and nothing is returned.
   */
  *end<T>(work: () => Flow<T>): Flow<T | undefined> {
    if (this.#loan) {
      this.#loan.leaveForGood()
      return undefined
    }
    this.#ending = true
    const wait = { ...this.#commands.wait, signal: undefined }
    yield this.#gate.lend(wait, () => lentOut(wait, undefined))
    try {
      return yield* work()
    } finally {
      this.#gate.endLoan()
    }
  }

  refusalFor(borrower: WriterRequest): Error | undefined {
    return refusedLoan(this.#owner, borrower)
  }

  async lend(borrower: WriterRequest): Promise<Hold | undefined> {
    const early = this.refusalFor(borrower)
    if (early) throw early
    await this.#gate.lend(borrower, () => borrowerWaits(borrower, this.#commands.wait, this.#loan))
    const hold = this.#owner.begunOn
    // Asked again: it may have written, or ended, while the borrower waited. One that ends meanwhile stands in the line behind.
    const refusal = hold && this.refusalFor(borrower)
    if (hold === undefined || refusal || this.#ending) {
      this.#gate.endLoan()
      if (refusal) throw refusal
      return undefined
    }
    this.#loan = new Loan(borrower, this, hold)
    const loan = this.#loan
    await loan.start()
    return loan
  }

  async suspend(connection: Connection): Promise<void> {
    const version = await connection.dataVersion()
    await this.#commands.commit(connection)
    this.#versionBefore = version
    await connection.setQueryOnly(false)
  }

  async resume(connection: Connection, borrower: string): Promise<void> {
    const before = this.#versionBefore
    // Its COMMIT did not come through: it is still in its transaction.
    if (before === undefined) return
    this.#versionBefore = undefined
    const { label, savepoints } = this.#owner
    try {
      await this.#commands.begin(connection)
      for (const name of savepoints) await this.#commands.send(connection, `SAVEPOINT ${quoted(name)}`)
      const unchanged = (await connection.dataVersion()) === before
      if (!unchanged) this.#owner.fail(new SqliteSerializationError(label, borrower))
    } catch (error) {
      this.#owner.fail(new SqliteTransactionLostError(label, error))
    }
  }

  loanEnded(): void {
    this.#loan = undefined
    this.#gate.endLoan()
  }
}
