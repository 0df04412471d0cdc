import { closedLoop, openLoop, serial } from '../../benchmark/load'
import type { Variant } from '../../benchmark/rounds'

/** A clock that the test moves. */
class TestClock {
  ms = 0
  readonly now = (): number => this.ms
}

/** A variant whose calls the test ends. */
class Held implements Variant {
  readonly name = 'it'
  readonly #ends: (() => void)[] = []
  begun = 0

  run(): Promise<void> {
    this.begun += 1
    return new Promise(resolve => void this.#ends.push(resolve))
  }

  endAll(): void {
    for (const end of this.#ends.splice(0)) end()
  }
}

/** Lets everything go on that is not waiting for the test. */
function settled(): Promise<void> {
  return new Promise(resolve => void setImmediate(resolve))
}

describe('calls one after the other', () => {
  it('answer the microseconds of each, and never overlap', async () => {
    const clock = new TestClock()
    let running = 0
    const run = async (): Promise<void> => {
      running += 1
      expect(running).toBe(1)
      await Promise.resolve()
      clock.ms += 4
      running -= 1
    }
    expect(await serial({ name: 'it', run }, { calls: 5, now: clock.now })).toBe(4_000)
  })

  it('fail as the variant fails', async () => {
    const broken = { name: 'broken', run: () => Promise.reject(new Error('no')) }
    await expect(serial(broken, { calls: 1 })).rejects.toThrow('no')
  })
})

describe('a closed loop', () => {
  it('has all callers at the same time, and each calls again only when it has its answer', async () => {
    const held = new Held()
    const load = closedLoop(held, { callers: 3, calls: 2 })
    await settled()
    expect(held.begun).toBe(3)
    held.endAll()
    await settled()
    expect(held.begun).toBe(6)
    held.endAll()
    expect((await load).latencies).toHaveLength(6)
  })

  it('answers the latency of each call, and of the time of all of them what one takes', async () => {
    const clock = new TestClock()
    const held = new Held()
    const loading = closedLoop(held, { callers: 4, calls: 2, now: clock.now })
    for (const ms of [10, 30]) {
      clock.ms += ms
      held.endAll()
      await settled()
    }
    const { microseconds, latencies } = await loading
    expect(microseconds).toBe(5_000)
    expect(latencies).toEqual([10_000, 10_000, 10_000, 10_000, 30_000, 30_000, 30_000, 30_000])
  })

  it('fails when a call has failed, but not before the others have ended', async () => {
    const held = new Held()
    let calls = 0
    const run = (): Promise<void> => {
      calls += 1
      return calls === 2 ? Promise.reject(new Error('no connection')) : held.run()
    }
    let ended = false
    const load = closedLoop({ name: 'it', run }, { callers: 3, calls: 1 }).finally(() => {
      ended = true
    })
    await settled()
    expect(ended).toBe(false)
    held.endAll()
    await expect(load).rejects.toThrow("'it' failed in 1 of 3 calls: Error: no connection")
  })
})

describe('an open loop', () => {
  /** Arrivals each millisecond; each turn of everything else takes as long as the test says. */
  function arriving(variant: Variant, clock: TestClock, turns: readonly number[]) {
    let turn = 0
    return openLoop(variant, {
      arrivals: 4,
      perSecond: 1_000,
      now: clock.now,
      turn: async () => {
        await settled()
        clock.ms += turns[turn] ?? 1
        turn += 1
      },
    })
  }

  it('begins each call at its time, whether or not the earlier ones have been answered', async () => {
    const clock = new TestClock()
    const held = new Held()
    const begun: number[] = []
    const noting = { name: 'it', run: () => (begun.push(clock.ms), held.run()) }
    const load = arriving(noting, clock, [0.4, 0.6])
    while (begun.length < 4) await settled()
    expect(begun).toEqual([0, 1, 2, 3])
    held.endAll()
    expect((await load).latencies).toHaveLength(4)
  })

  it('counts from the scheduled arrival: who comes late because the process was busy has waited', async () => {
    const clock = new TestClock()
    const begun: number[] = []
    const run = async (): Promise<void> => {
      begun.push(clock.ms)
    }
    // Busy from 0 to 2.5: the arrivals at 1 and 2 begin late, and answer at once.
    const { latencies } = await arriving({ name: 'it', run }, clock, [2.5, 0.5])
    expect(begun).toEqual([0, 2.5, 2.5, 3])
    expect(latencies).toEqual([0, 1_500, 500, 0])
  })

  it('is not slowed down by a variant that cannot keep up: its latencies grow instead', async () => {
    const clock = new TestClock()
    let free = Promise.resolve()
    const run = (): Promise<void> => {
      free = free.then(settled).then(() => {
        clock.ms += 10
      })
      return free
    }
    const { latencies } = await arriving({ name: 'it', run }, clock, [])
    expect(latencies).toHaveLength(4)
    expect([...latencies].sort((left, right) => left - right)).toEqual(latencies)
    expect(latencies[3]).toBeGreaterThan(30_000)
  })

  it('fails when a call has failed, without an unhandled rejection while others still arrive', async () => {
    const run = (): Promise<void> => Promise.reject(new Error('no'))
    await expect(arriving({ name: 'it', run }, new TestClock(), [])).rejects.toThrow("'it' failed in 4 of 4 calls")
  })

  it('arrives by the clock of the machine', async () => {
    const started = performance.now()
    const { latencies } = await openLoop({ name: 'it', run: async () => undefined }, { arrivals: 20, perSecond: 1_000 })
    expect(latencies).toHaveLength(20)
    expect(performance.now() - started).toBeGreaterThanOrEqual(19)
  })
})
