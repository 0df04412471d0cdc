import { join, resolve } from 'node:path'

interface SlowestTests {
  readonly slowestTests: (reports: Readonly<Record<string, object>>) => readonly string[]
}

const { slowestTests } = jest.requireActual<SlowestTests>('../../scripts/slowest-tests.cjs')

const root = resolve(__dirname, '../..')
const took = (name: string, seconds: number): object => ({
  name: join(root, 'test', name),
  startTime: 1_000,
  endTime: 1_000 + seconds * 1_000,
})

describe('the slowest test files', () => {
  it('are the ten slowest of all runs, each with its run', () => {
    const many = Array.from({ length: 12 }, (_, index) => took(`${index}.test.ts`, index))
    const lines = slowestTests({ first: { testResults: many }, second: { testResults: [took('5.test.ts', 100.4)] } })
    expect(lines).toHaveLength(10)
    expect(lines.slice(0, 2)).toEqual([
      `   100 s  ${join('test', '5.test.ts')} (second)`,
      `    11 s  ${join('test', '11.test.ts')} (first)`,
    ])
  })

  it('are none where a run has no files to show', () => {
    expect(slowestTests({ empty: {} })).toEqual([])
  })
})
