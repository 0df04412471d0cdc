import { timeRounds, type Variant } from '../../benchmark/rounds'

/** Variants that note their calls and move a clock of their own by what a call costs. */
function clocked(costs: Record<string, number>): { variants: Variant[]; calls: string[]; now: () => number } {
  const calls: string[] = []
  let time = 0
  const variants = Object.entries(costs).map(([name, cost]) => ({
    name,
    run: async () => {
      calls.push(name)
      time += cost
    },
  }))
  return { variants, calls, now: () => time }
}

/** Batches of one variant, one after the other. */
function batches(calls: readonly string[], size: number): string[] {
  const found = []
  for (let at = 0; at < calls.length; at += size) {
    expect(new Set(calls.slice(at, at + size)).size).toBe(1)
    found.push(calls[at] ?? '')
  }
  return found
}

describe('timing in rounds', () => {
  it('answers microseconds per call, in the order of the variants, and leaves the warm-up out', async () => {
    const { variants, calls, now } = clocked({ slow: 4, fast: 1 })
    expect(await timeRounds(variants, { rounds: 3, calls: 5, now })).toEqual([
      [4_000, 4_000, 4_000],
      [1_000, 1_000, 1_000],
    ])
    expect(calls).toHaveLength(2 * 5 * (3 + 1))
  })

  it('runs each variant once in each round, all calls of a batch together', async () => {
    const { variants, calls, now } = clocked({ a: 1, b: 1, c: 1 })
    await timeRounds(variants, { rounds: 8, calls: 4, now })
    const order = batches(calls, 4)
    expect(order.slice(0, 3)).toEqual(['a', 'b', 'c'])
    for (let round = 1; round <= 8; round += 1)
      expect(order.slice(round * 3, round * 3 + 3).sort()).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['the first always', () => 0, 'bca'],
    ['the last always', () => 0.999, 'abc'],
  ])('orders a round by the random numbers it is given: %s', async (_what, random, expected) => {
    const { variants, calls, now } = clocked({ a: 1, b: 1, c: 1 })
    await timeRounds(variants, { rounds: 1, calls: 1, now, random })
    expect(calls.slice(3).join('')).toBe(expected)
  })

  it('gives every variant every place', async () => {
    const { variants, calls, now } = clocked({ a: 1, b: 1, c: 1 })
    await timeRounds(variants, { rounds: 200, calls: 1, now })
    const orders = new Set<string>()
    for (let round = 1; round <= 200; round += 1) orders.add(calls.slice(round * 3, round * 3 + 3).join(''))
    expect([...orders].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
  })

  it('waits for each call before the next, and fails as the variant fails', async () => {
    let running = 0
    const run = async (): Promise<void> => {
      running += 1
      expect(running).toBe(1)
      await Promise.resolve()
      running -= 1
    }
    await timeRounds([{ name: 'one', run }], { rounds: 2, calls: 3 })
    const broken = { name: 'broken', run: () => Promise.reject(new Error('no')) }
    await expect(timeRounds([broken], { rounds: 1, calls: 1 })).rejects.toThrow('no')
  })
})
