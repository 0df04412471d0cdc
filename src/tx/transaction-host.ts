import type { TransactionDefinition } from './options'
import type { Circumstances } from './circumstances'
import type { PhysicalTransaction } from './physical-transaction'
import type { Scope } from './scope'

/**
 * What can stand between the boundaries of a data source and its database: it makes the transactions that they begin. The
 * testing kit's makes them savepoints of one that is rolled back.
 */
export interface TransactionHost {
  /** The transaction of a boundary that begins one; `undefined` where it is to begin one as ever. */
  open(
    definition: TransactionDefinition,
    circumstances: Circumstances,
    outer: Scope | undefined,
  ): PhysicalTransaction | undefined
  /** The application closes: nothing of the host's may stay open. */
  close(): Promise<void>
}
