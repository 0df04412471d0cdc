import { page, type Result, section, summary } from '../../benchmark/markdown'
import { workloadNamed } from '../../benchmark/workloads/all'
import type { WorkloadName } from '../../benchmark/workloads/workload'
import { measurement, row } from './rows'

function result(name: WorkloadName, more: Partial<Result> = {}): Result {
  return { workload: workloadNamed(name), measurements: [], failures: [], ...more }
}

const ONE_ROW = result('one-row', {
  measurements: [measurement([row('pg, prepared', [10]), row('TypeORM findOneBy', [30]), row('Ambit', [9])])],
})
const UNTOUCHED = result('untouched', {
  measurements: [measurement([row('pg, by hand', [10]), row('Ambit', [1], { roundTrips: 0 })])],
})

describe('the summary', () => {
  it('has every goal of every work, with what was measured and the verdict, and counts those that are met', () => {
    expect(summary([ONE_ROW, UNTOUCHED]).split('\n')).toEqual([
      '2 of 3 targets are met.',
      '',
      '|  | work | target | measured [quartiles] | verdict | floor |',
      '|---|---|---|---|---|---|',
      '| M1 | one-row | at most 0.95 × pg, prepared | 0.90 [0.90 – 0.90] | met |  |',
      '| M1 | one-row | 3.5 × faster than TypeORM findOneBy | 3.33 [3.33 – 3.33] | **missed by 5 %** |  |',
      '| M8 | untouched | no round trip | 0 | met |  |',
    ])
  })

  it('says what the floor would have reached, and counts what it misses too', () => {
    const rows = [
      row('pg, prepared', [10]),
      row('a socket', [9], { floor: true }),
      row('TypeORM findOneBy', [30]),
      row('Ambit', [9.8]),
    ]
    const [first, , , , byHand, typeorm] = summary([result('one-row', { measurements: [measurement(rows)] })]).split(
      '\n',
    )
    expect(first).toBe('0 of 2 targets are met. Of the others, the floor misses 1 too: nothing can meet them here.')
    expect(byHand).toMatch(/\| \*\*missed by 4 %\*\* \| 0\.90 \|$/)
    expect(typeorm).toMatch(/\| \*\*missed by 13 %\*\* \| 3\.33, missed \|$/)
  })

  it('does not take for met what was not measured', () => {
    const text = summary([result('untouched', { failures: ['it hangs'] })])
    expect(text.split('\n')[0]).toBe('0 of 1 targets are met.')
    expect(text).toContain('| M8 | untouched | no round trip |  | **not measured** |')
  })
})

describe('a work', () => {
  it('has its goals with their verdicts, where it ran and under what, and its table', () => {
    expect(section(UNTOUCHED).split('\n')).toEqual([
      '## A transaction that never touches the database',
      '',
      '- M8, no round trip: 0, met',
      '',
      'Ran on one core.',
      '',
      '| variant | x base | us | x Ambit | round trips | commands |',
      '|---|---:|---:|---:|---:|---|',
      '| pg, by hand | 1.00 [1.00 – 1.00] | 10.0 | 10.00 | 1 | SELECT 1 |',
      '| Ambit | 0.10 [0.10 – 0.10] | 1.0 | 1.00 | 0 | SELECT 1 |',
    ])
  })

  it('adds what other processes measured beside the same base, shows the base once, and says where each ran', () => {
    const measurements = [
      measurement([row('pg, by hand', [1]), row('Ambit', [2])], { circumstances: ['synchronous_commit on'] }),
      measurement([row('pg, by hand', [1]), row('another', [4])], { circumstances: ['synchronous_commit on'] }),
      measurement([row('pg, by hand', [1])], { regime: { oneCore: false, text: 'several cores' } }),
    ]
    const text = section(result('untouched', { measurements }))
    expect(text.match(/^\| [\w, ]+/gm)).toEqual(['| variant ', '| pg, by hand ', '| Ambit ', '| another '])
    expect(text).toContain('| another | 4.00 [4.00 – 4.00] | 4.0 | 2.00 |')
    expect(text).toContain('Ran on one core, then on several cores; synchronous_commit on.')
  })

  it('says which process failed, and shows what the others measured', () => {
    const failed = section({ ...UNTOUCHED, failures: ["'nestjs-cls' does not do the work it is timed for."] })
    expect(failed).toContain("A process failed: 'nestjs-cls' does not do the work it is timed for.")
    expect(failed).toContain('| Ambit | 0.10 [0.10 – 0.10] |')
  })

  it('without a goal has its table all the same', () => {
    const measurements = [measurement([row('a Map', [0.01]), row('Ambit', [0.03])])]
    expect(section(result('container-singleton', { measurements })).split('\n').slice(0, 5)).toEqual([
      '## Container: getting a singleton that is there, beyond a look-up in a Map',
      '',
      'Ran on one core.',
      '',
      '| variant | ns beyond the base | us |',
    ])
  })

  it('that nobody could measure has no table', () => {
    expect(section(result('untouched', { failures: ['no server'] })).split('\n')).toEqual([
      '## A transaction that never touches the database',
      '',
      '- M8, no round trip: not measured',
      '',
      'A process failed: no server',
    ])
  })
})

describe('the page', () => {
  it('begins with the summary; then what the numbers depend on, each fact once; then the works', () => {
    const twice = { ...ONE_ROW, measurements: [...ONE_ROW.measurements, ...ONE_ROW.measurements] }
    const lines = page('Benchmark', ['Node 20'], [twice]).split('\n')
    expect(lines.slice(0, 5)).toEqual([
      '# Benchmark',
      '',
      '1 of 2 targets are met.',
      '',
      '|  | work | target | measured [quartiles] | verdict | floor |',
    ])
    expect(lines.slice(8, 16)).toEqual([
      '',
      '## Measured with',
      '',
      '- Node 20',
      '- PostgreSQL 16',
      '',
      `## ${ONE_ROW.workload.title}`,
      '',
    ])
    expect(lines.at(-1)).toBe('')
  })
})
