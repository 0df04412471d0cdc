import type { IsolationLevel } from './isolation'
import type { Scope } from './scope'

/**
 * What running code can know of its transaction, and the one thing it can ask of it: answered by `currentTransaction()`.
 *
 * @example
 * import { currentTransaction } from 'ambit'
 * const transaction = currentTransaction()
 * if (transaction?.isNew) logger.info(`${transaction.label} began ${transaction.id}`)
 */
export class TransactionStatus {
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** Unique within the process; the same for all who joined. */
  get id(): string {
    return this.#scope.physical?.id ?? ''
  }

  /** Whether the running method began the transaction, rather than joined it. */
  get isNew(): boolean {
    return this.#scope.role === 'originator'
  }

  /** Whether the running method, or one it was called from, is inside a savepoint. */
  get isNested(): boolean {
    return this.#scope.block?.savepoint !== undefined
  }

  /** Whether the transaction was begun as a read-only one. */
  get readOnly(): boolean {
    return this.#scope.physical?.readOnly ?? false
  }

  /** The isolation level that it runs with; `undefined` without a transaction. */
  get isolation(): IsolationLevel | undefined {
    return this.#scope.physical?.isolation
  }

  /** Whether it can only roll back. */
  get rollbackOnly(): boolean {
    return this.#scope.block?.doomed ?? false
  }

  /** The name of the running method. */
  get label(): string {
    return this.#scope.label
  }

  /**
   * Asks for a rollback instead of a commit. The method that began the transaction then returns normally; where a
   * participant asks, the originator rejects with UnexpectedRollbackError.
   *
   * @throws TransactionEndedError `AMBIT_TX_ENDED`
   */
  setRollbackOnly(): void {
    this.#scope.setRollbackOnly()
  }
}
