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

  /** Sends all of them at once, in one write where the resource can do that; `done` when all are answered. */
  send(resource: ResourceTransaction, done: () => void): void {
    this.#open = false
    let left = this.#members.length
    const answered = (): void => {
      left -= 1
      if (left > 0) return
      // The block remembers its last turn, and would keep the rows of all who were in it.
      this.#members.length = 0
      done()
    }
    const ask = (): void => {
      for (const { send } of this.#members) send(answered)
    }
    try {
      if (resource.together) resource.together(ask)
      else ask()
    } catch (error) {
      this.refuse(error)
      done()
    }
  }

  /** Their turn never came. */
  refuse(error: unknown): void {
    this.#open = false
    for (const { refuse } of this.#members) refuse(error)
  }
}

/** The most statements in one write: their answers are all in memory at once. */
const MEMBERS = 64
