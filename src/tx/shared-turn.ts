import type { Prompt } from '../core/prompt'
import type { Block } from './block'
import type { Scope } from './scope'
import type { ResourceTransaction } from './transactional-resource'

/** Somebody who waits for an answer. */
export interface Asker<T> {
  readonly resolve: (value: T) => void
  readonly refuse: (error: unknown) => void
}

/** A statement that shares a turn. */
export interface SharedStatement<T> {
  readonly statement: () => Prompt<T>
  readonly scope: Scope
  readonly block: Block
}

interface Member {
  /** Sends what it wants and answers whoever asked for it, then tells that it has; never throws. */
  readonly send: (answered: () => void) => void
  readonly refuse: (error: unknown) => void
}

/**
 * Statements of one block that hold its turn together. They join until it is their turn, as long as nobody stands in the
 * line behind them: nobody is overtaken.
 */
export class SharedTurn {
  readonly #members: Member[] = []
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

  /** `send` is called when it is their turn: it answers the asker, then tells that it has, and never throws. */
  join<T>(send: (asker: Asker<T>, answered: () => void) => void): Promise<T> {
    return new Promise<T>((resolve, refuse) => {
      this.#members.push({ send: answered => send({ resolve, refuse }, answered), refuse })
    })
  }

  /**
   * Sends all of them: at once in one write where the resource can do that, else one behind the other, as every resource expects
   * its statements. `done` when all are answered.
   */
  send(resource: ResourceTransaction, done: () => void): void {
    this.#open = false
    const over = (): void => {
      // The block remembers its last turn, and would keep the rows of all who were in it.
      this.#members.length = 0
      done()
    }
    if (resource.together) this.#sendTogether(ask => resource.together?.(ask), over)
    else this.#sendInOrder(0, over)
  }

  #sendTogether(together: (ask: () => void) => void, over: () => void): void {
    let left = this.#members.length
    const answered = (): void => {
      left -= 1
      if (left === 0) over()
    }
    try {
      together(() => {
        for (const { send } of this.#members) send(answered)
      })
    } catch (error) {
      this.refuse(error)
      over()
    }
  }

  #sendInOrder(at: number, over: () => void): void {
    const next = this.#members[at]
    if (next) next.send(() => this.#sendInOrder(at + 1, over))
    else over()
  }

  /** Their turn never came. */
  refuse(error: unknown): void {
    this.#open = false
    for (const { refuse } of this.#members) refuse(error)
  }
}

/** The most statements in one write: their answers are all in memory at once. */
const MEMBERS = 64
