import { LONGEST_TIMER_MS } from './longest-timer'

/** A point in time that several waits share: each gets what the ones before it have left. */
export class Deadline {
  readonly #end: number

  /** Without a time it never comes. */
  constructor(readonly timeoutMs?: number) {
    this.#end = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs
  }

  /**
   * Waits for work, at most until the deadline; behind it still for `graceMs`, so that work which ends soon can. Says
   * whether the work has come to its end; its failure is passed on.
   */
  async meets(work: Promise<unknown>, graceMs = 0): Promise<boolean> {
    if (this.#end === Infinity) return work.then(() => true)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>(resolve => {
      timer = setTimeout(resolve, Math.min(Math.max(this.#end - performance.now(), graceMs), LONGEST_TIMER_MS), false)
    })
    try {
      return await Promise.race([work.then(() => true), late])
    } finally {
      clearTimeout(timer)
    }
  }
}
