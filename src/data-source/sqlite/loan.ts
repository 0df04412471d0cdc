import type { Connection } from './connection'
import type { Hold } from './hold'
import type { WaitRequest } from './waiting-line'

/** The transaction that lends, as its loan sees it. */
export interface LoanParty {
  /** Ends the lender's transaction, which has written nothing, so that another one can begin on its connection. */
  suspend(connection: Connection): Promise<void>
  /** Begins the lender's transaction again, savepoints included. Never throws: what goes wrong fails the lender. */
  resume(connection: Connection, borrower: string): Promise<void>
  /** The loan is over. */
  loanEnded(): void
}

/**
 * A writer on loan: the lender holds the lease, the borrower (an inner transaction) works on the connection. No stranger of
 * this process can come in between, for the lease never goes back to the queue.
 */
export class Loan implements Hold {
  readonly since = performance.now()
  readonly #lender: LoanParty
  readonly #hold: Hold
  #forGood = false

  constructor(
    readonly request: WaitRequest,
    lender: LoanParty,
    hold: Hold,
  ) {
    this.#lender = lender
    this.#hold = hold
  }

  get connection(): Connection {
    return this.#hold.connection
  }

  async start(): Promise<void> {
    try {
      await this.#lender.suspend(this.connection)
    } catch (error) {
      await this.give()
      throw error
    }
  }

  /** The lender ends before its borrower: the lease goes back to the queue when the borrower is done. */
  leaveForGood(): void {
    this.#forGood = true
  }

  async give(): Promise<void> {
    const { connection } = this
    if (connection.doubtful) await connection.settle()
    if (!this.#forGood) await this.#lender.resume(connection, this.request.who)
    // Asked again: the lender may have ended while it was resumed.
    if (this.#forGood) {
      await connection.settle()
      await this.#hold.give()
    }
    this.#lender.loanEnded()
  }
}
