import { beyond, lineNamed, linesOf, slowestOfAmbit, timesOf, timesOfBase, typical } from '../../benchmark/lines'
import { lines, measurement, row } from './rows'

describe('the lines of a work', () => {
  it('have the base once, and each its own process’s base beside it', () => {
    const shared = measurement([row('base', [10]), row('Ambit', [20])])
    const alone = measurement([row('base', [100]), row('another', [400])])
    const found = linesOf([shared, alone])
    expect(found.map(line => line.row.name)).toEqual(['base', 'Ambit', 'another'])
    expect(found.map(line => timesOfBase(line).median)).toEqual([1, 2, 4])
  })

  it('compare Ambit by its slowest way, which may be another one by another measure', () => {
    const found = lines(
      row('base', [1]),
      row('Ambit a', [], { rounds: { time: [2], p99: [9] } }),
      row('Ambit b', [], { rounds: { time: [3], p99: [5] } }),
      row('TypeORM', [4]),
    )
    const bases = found.map(line => ({ ...line, base: row('base', [], { rounds: { time: [1], p99: [1] } }) }))
    expect(slowestOfAmbit(bases)?.row.name).toBe('Ambit b')
    expect(slowestOfAmbit(bases, 'beyond')?.row.name).toBe('Ambit b')
    expect(slowestOfAmbit(bases, 'p99')?.row.name).toBe('Ambit a')
    expect(slowestOfAmbit(lines(row('base', [1])))).toBeUndefined()
  })

  it('are compared within each round where one process measured both', () => {
    const found = lines(row('base', [1, 1, 1]), row('Ambit', [1, 10, 100]), row('other', [3, 30, 300]))
    const [, ambit, other] = found
    expect(ambit && other && timesOf(other, ambit)).toEqual({ lower: 3, median: 3, upper: 3 })
  })

  it('are compared by their bases where two processes did, with quartiles as wide as these allow', () => {
    const found = linesOf([
      measurement([row('base', [10, 10, 10]), row('Ambit', [10, 20, 30])]),
      measurement([row('base', [1, 1, 1]), row('another', [6, 8, 10])]),
    ])
    const [ambit, another] = [lineNamed(found, 'Ambit'), lineNamed(found, 'another')]
    expect(ambit && another && timesOf(another, ambit)).toEqual({ lower: 7 / 2.5, median: 8 / 2, upper: 9 / 1.5 })
  })

  it('are compared by what they take beyond their bases, and nothing is not divided by', () => {
    const found = linesOf([
      measurement([row('base', [1, 1, 1]), row('Ambit', [1.1, 1.1, 1.1]), row('Ambit free', [0.9, 0.9, 0.9])]),
      measurement([row('base', [2, 2, 2]), row('another', [3, 3, 3])]),
    ])
    const [ambit, free, another] = ['Ambit', 'Ambit free', 'another'].map(name => lineNamed(found, name))
    expect(ambit && beyond(ambit).median).toBeCloseTo(100)
    expect(ambit && another && timesOf(another, ambit, 'beyond').median).toBeCloseTo(10)
    expect(free && another && timesOf(another, free, 'beyond').median).toBeGreaterThan(1e9)
  })

  it('have a typical time, the median of the rounds', () => {
    const [line] = lines(row('base', [], { rounds: { time: [1, 2, 9], p99: [4] } }))
    expect(line && [typical(line), typical(line, 'p99')]).toEqual([2, 4])
  })
})
