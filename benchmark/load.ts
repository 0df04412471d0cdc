import type { Variant } from './rounds'

/** Milliseconds, from whenever. */
export type Clock = () => number

/** What happened under a load. */
export interface Load {
  /** Of the time of all calls, per call: the inverse of throughput. */
  readonly microseconds: number
  /** Of each call, in microseconds, as they ended. */
  readonly latencies: readonly number[]
}

export interface LoopOptions {
  readonly calls: number
  readonly now?: Clock
}

export interface SerialOptions extends LoopOptions {
  /** Takes the variant's calls that answer at once. */
  readonly atOnce?: boolean
}

/** Calls one after the other; answers the microseconds of each, all together divided by their number. */
export async function serial(variant: Variant, { calls, atOnce = false, now = clock }: SerialOptions): Promise<number> {
  const started = now()
  if (atOnce) repeat(variant, calls)
  else for (let call = 0; call < calls; call += 1) await variant.run()
  return ((now() - started) * 1_000) / calls
}

/** All variants in this one loop: the call costs each of them the same. */
function repeat({ name, atOnce }: Variant, calls: number): void {
  if (atOnce === undefined) throw new Error(`'${name}' cannot answer at once`)
  for (let call = 0; call < calls; call += 1) kept.answer = atOnce()
}

/** Where the last answer goes: what nobody keeps, the compiler need not make. */
const kept: { answer?: unknown } = {}

export interface ClosedLoopOptions extends LoopOptions {
  readonly callers: number
}

/** Callers at the same time, each of which calls again as soon as it has its answer. */
export async function closedLoop(variant: Variant, { callers, calls, now = clock }: ClosedLoopOptions): Promise<Load> {
  const ledger = new Ledger(variant, now)
  const caller = async (): Promise<void> => {
    for (let call = 0; call < calls; call += 1) await ledger.call(now())
  }
  const started = now()
  await Promise.all(Array.from({ length: callers }, caller))
  return ledger.load(now() - started)
}

export interface OpenLoopOptions {
  readonly arrivals: number
  readonly perSecond: number
  readonly now?: Clock
  /** Lets everything else go on. */
  readonly turn?: () => Promise<void>
}

/**
 * Calls that arrive at a fixed rate, whether or not the earlier ones have been answered. The latency of a call counts from
 * the moment when it should have begun: one that comes late because others kept the process busy has waited, as those have
 * who arrive while nothing is answered (what a closed loop leaves out, because it waits with them).
 */
export async function openLoop(
  variant: Variant,
  { arrivals, perSecond, now = clock, turn = immediate }: OpenLoopOptions,
): Promise<Load> {
  const ledger = new Ledger(variant, now)
  const intervalMs = 1_000 / perSecond
  const calls: Promise<void>[] = []
  const started = now()
  while (calls.length < arrivals) {
    const due = Math.min(arrivals, Math.floor((now() - started) / intervalMs) + 1)
    while (calls.length < due) calls.push(ledger.call(started + calls.length * intervalMs))
    await turn()
  }
  await Promise.all(calls)
  return ledger.load(now() - started)
}

/** What was called, and how it ended. */
class Ledger {
  readonly #variant: Variant
  readonly #now: Clock
  readonly #latencies: number[] = []
  readonly #failures: unknown[] = []

  constructor(variant: Variant, now: Clock) {
    this.#variant = variant
    this.#now = now
  }

  /** Never fails: nobody looks at the calls of an open loop before the last of them has begun. */
  async call(since: number): Promise<void> {
    try {
      await this.#variant.run()
      this.#latencies.push((this.#now() - since) * 1_000)
    } catch (error) {
      this.#failures.push(error)
    }
  }

  /** @throws Error when one of the calls has failed: the others were faster for it. */
  load(milliseconds: number): Load {
    const failures = this.#failures
    const calls = this.#latencies.length + failures.length
    if (failures.length > 0) {
      const what = `'${this.#variant.name}' failed in ${failures.length} of ${calls} calls`
      throw new Error(`${what}: ${String(failures[0])}`, { cause: failures[0] })
    }
    return { microseconds: (milliseconds * 1_000) / calls, latencies: this.#latencies }
  }
}

const clock: Clock = () => performance.now()

function immediate(): Promise<void> {
  return new Promise(resolve => void setImmediate(resolve))
}
