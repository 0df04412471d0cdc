import type { PhysicalTransaction } from './physical-transaction'

/**
 * The transactions that have begun and not ended. Each remembers its place in an array: a Set that is filled and emptied all
 * the time makes itself anew with every fourth transaction.
 */
export class RunningTransactions implements Iterable<PhysicalTransaction> {
  readonly #all: PhysicalTransaction[] = []

  get size(): number {
    return this.#all.length
  }

  add(physical: PhysicalTransaction): void {
    physical.runningAt = this.#all.push(physical) - 1
  }

  /** The last one takes its place. Twice does nothing. */
  remove(physical: PhysicalTransaction): void {
    const { runningAt } = physical
    const last = this.#all.at(-1)
    if (last === undefined || this.#all[runningAt] !== physical) return
    this.#all.pop()
    if (last === physical) return
    this.#all[runningAt] = last
    last.runningAt = runningAt
  }

  /** Those that run now: some may end while one goes through them. */
  [Symbol.iterator](): Iterator<PhysicalTransaction> {
    return [...this.#all].values()
  }
}
