import { take } from '../../benchmark/methods'
import type { Variant } from '../../benchmark/rounds'

/** Variants that answer at once, and how often each was called. */
function counting(...names: readonly string[]) {
  const calls: Record<string, number> = {}
  const variants: Variant[] = names.map(name => ({
    name,
    run: async () => {
      calls[name] = (calls[name] ?? 0) + 1
      return { attempts: 2, errors: 1, slowestMs: calls[name] }
    },
  }))
  return { variants, calls }
}

describe('the methods of measuring', () => {
  it.each(['calls', 'overhead'] as const)('%s: a time for each round, beside nothing else', async kind => {
    const { variants, calls } = counting('a', 'b')
    const { samples, circumstances } = await take(variants, { kind, calls: 5 }, { rounds: 3 })
    expect(samples.map(({ rounds }) => [rounds.time?.length, rounds.p99])).toEqual([
      [3, undefined],
      [3, undefined],
    ])
    expect({ calls, circumstances }).toEqual({ calls: { a: 20, b: 20 }, circumstances: [] })
  })

  it('callers: time, p50 and p99 for each round, and how many calls there were', async () => {
    const { variants, calls } = counting('a', 'b')
    const { samples } = await take(variants, { kind: 'callers', callers: 4, calls: 5 }, { rounds: 3 })
    for (const { rounds, readings } of samples) {
      expect([rounds.time?.length, rounds.p50?.length, rounds.p99?.length]).toEqual([3, 3, 3])
      expect(rounds.p99?.every((p99, round) => p99 >= (rounds.p50?.[round] ?? Infinity))).toBe(true)
      expect(readings).toEqual({ attempts: 60, errors: 0 })
    }
    expect(calls).toEqual({ a: 80, b: 80 })
  })

  it('arrivals: at a share of what the base can do, which is measured first; all arrive', async () => {
    const { variants, calls } = counting('base', 'b')
    const method = { kind: 'arrivals', arrivals: 50, load: 0.3, callers: 4 } as const
    const { samples, circumstances } = await take(variants, method, { rounds: 3 })
    expect(samples.map(({ readings }) => readings.attempts)).toEqual([150, 150])
    expect(calls).toEqual({ base: 4 * 8 * 8 + 200, b: 200 })
    expect(circumstances).toEqual([
      expect.stringMatching(/^\d+ arrivals a second, 30 % of what base did for 4 callers$/),
    ])
    expect(Number(circumstances[0]?.split(' ')[0])).toBeGreaterThan(0)
  })

  it('arrivals: nothing arrives where nobody takes part', async () => {
    const method = { kind: 'arrivals', arrivals: 50, load: 0.3, callers: 4 } as const
    expect(await take([], method, { rounds: 3 })).toEqual({ samples: [], circumstances: [] })
  })

  it.each(['calls', 'overhead'] as const)(
    '%s: takes the calls that answer at once, where the work has them',
    async kind => {
      const { variants, calls } = counting('a')
      let atOnce = 0
      const both = variants.map(variant => ({ ...variant, atOnce: () => (atOnce += 1) }))
      const { samples } = await take(both, { kind, calls: 5, atOnce: true }, { rounds: 3 })
      expect(samples[0]?.rounds.time).toHaveLength(3)
      expect({ calls, atOnce }).toEqual({ calls: {}, atOnce: 20 })
      const without = take(variants, { kind, calls: 5, atOnce: true }, { rounds: 3 })
      await expect(without).rejects.toThrow("'a' cannot answer at once")
    },
  )

  it('processes: what each says of its phases, in microseconds; one call a round, however long others are warmed up', async () => {
    let processes = 0
    const run = async () => {
      processes += 1
      return { milliseconds: { import: 3, declare: 2, start: processes }, wiring: [] }
    }
    const { samples } = await take([{ name: 'a', run }], { kind: 'processes' }, { rounds: 2, warmUpMs: 10_000 })
    const rounds = { import: [3_000, 3_000], declare: [2_000, 2_000], start: [2_000, 3_000], time: [7_000, 8_000] }
    expect({ samples, processes }).toEqual({ samples: [{ rounds, readings: {} }], processes: 3 })
  })

  it('trial: what is counted is added up, of what is slow the slowest is kept', async () => {
    const { variants } = counting('a')
    const { samples } = await take(variants, { kind: 'trial' }, { rounds: 3 })
    expect(samples).toEqual([{ rounds: {}, readings: { attempts: 6, errors: 3, slowestMs: 4 } }])
  })
})
