import type { Block } from '../../tx/block'
import type { PhysicalTransaction } from '../../tx/physical-transaction'

/** A transaction that others are savepoints of: the root's own, or one of its savepoints. */
export interface Host extends PhysicalTransaction {
  /** The savepoints in it that stand for transactions, and have not ended. */
  readonly guests: Set<PhysicalTransaction>
  /** Makes it ready for a savepoint: it may itself be one that has not been set yet. */
  prepare(): Promise<void> | undefined
}

/** Where a savepoint belongs: the block whose turn it holds while it lasts. */
export interface Place {
  readonly host: Host
  readonly block: Block
}

/** Waits for what runs on the connection in the name of a transaction's guests. */
export async function settleGuests({ guests }: Host): Promise<void> {
  for (const guest of guests) await guest.settleRunning()
}
