import type { Prompt } from '../../core/prompt'
import type { PhysicalTransaction } from '../../tx/physical-transaction'
import { PhysicalTransaction as Transaction } from '../../tx/physical-transaction'
import { type Host, settleGuests } from './host'

/** The one transaction of a data source that a test runs in; it takes its connection when the test first needs one. */
export class RootTransaction extends Transaction implements Host {
  readonly guests = new Set<PhysicalTransaction>()
  /** Whose statement is being sent: its deadline is the statement's. */
  #sender: PhysicalTransaction | undefined

  prepare(): undefined {
    return undefined
  }

  async sendingFor<T>(sender: PhysicalTransaction, statement: () => Prompt<T>): Promise<T> {
    const before = this.#sender
    this.#sender = sender
    try {
      return await statement()
    } finally {
      this.#sender = before
    }
  }

  override remainingMs(): number | undefined {
    return this.#sender?.remainingMs()
  }

  override async settleRunning(): Promise<void> {
    await super.settleRunning()
    await settleGuests(this)
  }
}
