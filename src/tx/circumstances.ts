import type { ContextKey } from '../core/async-context'
import type { Block } from './block'
import type { PhysicalTransaction } from './physical-transaction'
import type { Scope } from './scope'

/** What a transaction begins in. */
export interface Circumstances {
  /** The suspended transaction of the same data source. */
  readonly outer: PhysicalTransaction | undefined
  /** What is left of `timeoutMs`: less than all of it in a repetition. */
  readonly remainingMs: number | undefined
  /** Under which the scopes of its data source stand in the context. */
  readonly key: ContextKey<Scope>
  /** The block that it is, under a test root; a block of its own without one. */
  readonly root?: Block
}
