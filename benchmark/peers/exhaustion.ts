import { PoolStarvationError } from 'ambit/errors'
import type { Readings } from '../measured'
import { POOL_SIZE } from './peer'

/** Connections that transactions may hold which run inside no other: one of the pool is kept for those that do. */
const HOLDERS = POOL_SIZE - 1

/**
 * Transactions which hold all connections of a pool and wait for further ones: as many as may do so hold one each before any
 * of them asks for a second. The first to have a second asks for a third, and nobody can ever give it.
 */
export class Exhaustion {
  #holding = 0
  #open: () => void = () => undefined
  readonly #full = new Promise<void>(resolve => {
    this.#open = resolve
  })
  #taken = false
  #errors = 0
  readonly #refusedAfterMs: number[] = []

  /** Waits until the holders are there; those who come later find the gate open. */
  async full(): Promise<void> {
    this.#holding += 1
    if (this.#holding === HOLDERS) this.#open()
    await this.#full
  }

  /** Whether the caller is the first to have a second connection. */
  isFirst(): boolean {
    const first = !this.#taken
    this.#taken = true
    return first
  }

  /** Runs what cannot be served, and notes how long it took to hear of it. */
  async refused(ask: () => Promise<unknown>): Promise<void> {
    const asked = performance.now()
    try {
      await ask()
    } catch (error) {
      this.#refusedAfterMs.push(performance.now() - asked)
      throw error
    }
  }

  /** Lets callers do it, and tells how it ended. */
  async run(callers: number, call: () => Promise<unknown>): Promise<Readings> {
    const ends = await Promise.allSettled(Array.from({ length: callers }, call))
    for (const end of ends)
      if (end.status === 'rejected' && !(end.reason instanceof PoolStarvationError)) this.#errors += 1
    return {
      attempts: callers,
      refusals: this.#refusedAfterMs.length,
      slowestMs: Math.max(0, ...this.#refusedAfterMs),
      errors: this.#errors,
    }
  }
}
