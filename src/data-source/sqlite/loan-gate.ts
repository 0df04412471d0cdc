import { WaitingLine, type WaitRequest } from './waiting-line'

/**
 * Keeps the statements of a transaction and the loans of its connection apart: statements wait while the connection is
 * lent, a loan waits until no statement runs. Statements pass each other (a subscriber's statement runs inside another
 * one); the turn above already orders them.
 */
export class LoanGate {
  #statements = 0
  #lent = false
  readonly #waitingStatements = new WaitingLine<void>()
  readonly #borrowers = new WaitingLine<void>()

  get lent(): boolean {
    return this.#lent
  }

  /** Lets a statement in, unless the connection is lent. */
  enterNow(): boolean {
    if (this.#lent) return false
    this.#statements += 1
    return true
  }

  /** Lets a statement in: at once (`undefined`), or when the promise resolves. */
  enter(request: WaitRequest, late: () => Error): Promise<void> | undefined {
    return this.enterNow() ? undefined : this.#waitingStatements.wait(request, late)
  }

  leave(): void {
    this.#statements -= 1
    this.#openForBorrower()
  }

  /** The connection is the borrower's when no statement runs: at once (`undefined`), or when the promise resolves. */
  lend(request: WaitRequest, late: () => Error): Promise<void> | undefined {
    if (!this.#lent && this.#statements === 0) {
      this.#lent = true
      return undefined
    }
    return this.#borrowers.wait(request, late)
  }

  endLoan(): void {
    this.#lent = false
    // Statements first: the transaction that lends has waited already.
    const admit = (): void => {
      this.#statements += 1
    }
    while (this.#waitingStatements.admit(admit));
    this.#openForBorrower()
  }

  #openForBorrower(): void {
    if (this.#statements > 0 || this.#lent) return
    this.#lent = this.#borrowers.admit(() => undefined)
  }
}
