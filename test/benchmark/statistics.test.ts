import { differences, quantile, quartilesOf, ratios } from '../../benchmark/statistics'

describe('a quantile', () => {
  it.each([
    [[7], 0.5, 7],
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.5, 2.5],
    [[10, 9, 100], 0.5, 10],
    [[1, 2, 3, 4, 5], 0.25, 2],
    [[1, 2, 3, 4], 0.25, 1.75],
    [[1, 2, 3, 4], 0, 1],
    [[1, 2, 3, 4], 1, 4],
  ])('of %j at %d is %d', (values, q, expected) => {
    expect(quantile(values, q)).toBe(expected)
  })

  it('of nothing is no number, and the given numbers keep their order', () => {
    const values = [3, 1, 2]
    quantile(values, 0.5)
    expect({ of: quantile([], 0.5), values }).toEqual({ of: Number.NaN, values: [3, 1, 2] })
  })

  it('comes with its neighbours: one wild round does not move them', () => {
    expect(quartilesOf([1, 2, 3, 4, 5])).toEqual({ lower: 2, median: 3, upper: 4 })
    expect(quartilesOf([1, 2, 3, 4, 5_000])).toEqual({ lower: 2, median: 3, upper: 4 })
  })
})

describe('a comparison with the base', () => {
  it('divides within a round, so that a slow moment of the machine cancels out', () => {
    const base = [10, 100, 10]
    const twice = [20, 200, 20]
    expect(ratios(twice, base)).toEqual([2, 2, 2])
    expect(quartilesOf(ratios(twice, base))).toEqual({ lower: 2, median: 2, upper: 2 })
  })

  it('is not the ratio of the medians', () => {
    const base = [1, 10, 100]
    const times = [100, 10, 1]
    expect(quantile(times, 0.5) / quantile(base, 0.5)).toBe(1)
    expect(ratios(times, base)).toEqual([100, 1, 0.01])
  })

  it('subtracts within a round too', () => {
    expect(differences([5, 70], [3, 60])).toEqual([2, 10])
  })

  it.each([ratios, differences])('refuses rounds that do not belong together', compare => {
    expect(() => compare([1, 2], [1])).toThrow('2 rounds cannot be compared with 1')
  })
})
