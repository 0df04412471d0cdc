import { Deadline } from '../../core/deadline'

/** Work outside every transaction that has a connection, or waits for one: a close waits for it, and ends what is left. */
export class UnderWay {
  readonly #all = new Set<() => void>()
  readonly #waiting: () => number
  #changed: (() => void) | undefined

  /** `waiting` counts what has no connection yet, and so nothing that could be ended. */
  constructor(waiting: () => number) {
    this.#waiting = waiting
  }

  /** `giveUp` takes its connection away from it. */
  add(giveUp: () => void): void {
    this.#all.add(giveUp)
  }

  remove(giveUp: () => void): void {
    this.#all.delete(giveUp)
    this.#changed?.()
  }

  /** Waits until nothing is under way; what is at the deadline is given up. Answers how much that was. */
  async drain(timeoutMs: number): Promise<number> {
    const deadline = new Deadline(timeoutMs)
    while (this.#all.size + this.#waiting() > 0) {
      if (!(await deadline.meets(new Promise<void>(resolve => (this.#changed = resolve))))) break
    }
    this.#changed = undefined
    const left = [...this.#all]
    for (const giveUp of left) giveUp()
    return left.length
  }
}
