/**
 * Statements of one block that hold its turn together. They join until it is their turn, as long as nobody stands in the
 * line behind them: nobody is overtaken.
 */
export class SharedTurn {
  readonly #members: (() => Promise<void>)[] = []
  readonly #refused: ((error: unknown) => void)[] = []
  #open = true
  #arrival = 0

  /** Its place in the line. */
  arrived(arrival: number): void {
    this.#arrival = arrival
  }

  /** Whether one more may join: `arrivals` says who came last. */
  isOpenBehind(arrivals: number): boolean {
    return this.#open && this.#arrival === arrivals && this.#members.length < MEMBERS
  }

  /** `send` is called when it is their turn; it must not throw. */
  join<T>(send: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#refused.push(reject)
      this.#members.push(() => send().then(resolve, reject))
    })
  }

  /** Sends all of them at once, and waits for all of them. */
  async run(together: (ask: () => void) => void): Promise<void> {
    this.#open = false
    const asked: Promise<void>[] = []
    together(() => {
      for (const member of this.#members) asked.push(member())
    })
    await Promise.all(asked)
  }

  /** Their turn never came. */
  refuse(error: unknown): void {
    this.#open = false
    for (const reject of this.#refused) reject(error)
  }
}

/** When everything that runs now has got as far as it can: who is asked for at the same time has been asked for by then. */
export function endOfTurn(): Promise<void> {
  return new Promise(resolve => process.nextTick(resolve))
}

/** The most statements in one write: their answers are all in memory at once. */
const MEMBERS = 64
