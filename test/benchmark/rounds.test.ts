import { inRounds, type Variant } from '../../benchmark/rounds'

/** Variants that are never run here, and a way of taking them that notes which it took. */
function noted(...names: readonly string[]) {
  const order: string[] = []
  const variants: Variant[] = names.map(name => ({ name, run: () => Promise.reject(new Error('not asked')) }))
  const take = async ({ name }: Variant): Promise<string> => {
    order.push(name)
    return `${name}${order.filter(each => each === name).length}`
  }
  return { variants, order, take }
}

describe('rounds', () => {
  it('answer what each of them found, in the order of the variants, and leave the warm-up out', async () => {
    const { variants, order, take } = noted('a', 'b')
    expect(await inRounds(variants, take, { rounds: 3 })).toEqual([
      ['a2', 'a3', 'a4'],
      ['b2', 'b3', 'b4'],
    ])
    expect(order).toHaveLength(2 * (3 + 1))
  })

  it('take each variant once', async () => {
    const { variants, order, take } = noted('a', 'b', 'c')
    await inRounds(variants, take, { rounds: 8 })
    expect(order.slice(0, 3)).toEqual(['a', 'b', 'c'])
    for (let round = 1; round <= 8; round += 1)
      expect(order.slice(round * 3, round * 3 + 3).sort()).toEqual(['a', 'b', 'c'])
  })

  it('take the variants in turn before, for nothing, until each has had its time', async () => {
    const { variants, order, take } = noted('slow', 'quick')
    let ms = 0
    const taking = (variant: Variant): Promise<string> => {
      ms += variant.name === 'slow' ? 100 : 25
      return take(variant)
    }
    const [slow] = await inRounds(variants, taking, { rounds: 1, warmUpMs: 75, now: () => ms })
    expect(order.slice(0, 4)).toEqual(['slow', 'quick', 'quick', 'quick'])
    expect(order).toHaveLength(6)
    expect(slow).toEqual(['slow2'])
  })

  it.each([
    ['the first always', () => 0, 'bca'],
    ['the last always', () => 0.999, 'abc'],
  ])('are ordered by the random numbers that they are given: %s', async (_what, random, expected) => {
    const { variants, order, take } = noted('a', 'b', 'c')
    await inRounds(variants, take, { rounds: 1, random })
    expect(order.slice(3).join('')).toBe(expected)
  })

  it('give every variant every place', async () => {
    const { variants, order, take } = noted('a', 'b', 'c')
    await inRounds(variants, take, { rounds: 200 })
    const orders = new Set<string>()
    for (let round = 1; round <= 200; round += 1) orders.add(order.slice(round * 3, round * 3 + 3).join(''))
    expect([...orders].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
  })

  it('take one variant at a time, and fail as it fails', async () => {
    let running = 0
    const take = async (): Promise<void> => {
      running += 1
      expect(running).toBe(1)
      await Promise.resolve()
      running -= 1
    }
    const { variants } = noted('a', 'b')
    await inRounds(variants, take, { rounds: 2 })
    await expect(inRounds(variants, ({ run }) => run(), { rounds: 1 })).rejects.toThrow('not asked')
  })
})
