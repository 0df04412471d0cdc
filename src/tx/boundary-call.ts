import type { PendingCall } from '../core/async-context'
import type { TransactionDefinition } from './options'

/** One call of a transactional method or function, ready to be made. */
export interface BoundaryCall extends PendingCall {
  readonly definition: TransactionDefinition
  /** A decorated method: it must return a promise, or nobody could wait for its COMMIT. */
  readonly asynchronous?: boolean
  /**
   * What an error of the body is told as. Whoever watches the body's promise anyway does it there: a promise less for each
   * call of each repository.
   */
  readonly translate?: (error: unknown) => unknown
}

/** What an error of a call's body is told as. */
export function toldAs({ translate }: Pick<BoundaryCall, 'translate'>, error: unknown): unknown {
  return translate === undefined ? error : translate(error)
}
