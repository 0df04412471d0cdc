import type { PendingCall } from '../core/async-context'
import type { TransactionDefinition } from './options'

/** One call of a transactional method or function, ready to be made. */
export interface BoundaryCall extends PendingCall {
  readonly definition: TransactionDefinition
  /** A decorated method: it must return a promise, or nobody could wait for its COMMIT. */
  readonly asynchronous?: boolean
}
