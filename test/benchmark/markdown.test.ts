import { page, section } from '../../benchmark/markdown'
import type { Measured, Measurement } from '../../benchmark/measure'
import { workloadNamed } from '../../benchmark/workloads/all'

const one = (lower: number, median: number, upper: number) => ({ lower, median, upper })

function row(name: string, median: number, more: Partial<Measured> = {}): Measured {
  const ratio = one(median - 0.1, median, median + 0.1)
  return {
    name,
    microseconds: median * 10,
    ratio,
    beyond: one(0, 0, 0),
    roundTrips: 1,
    commands: ['SELECT 1'],
    ...more,
  }
}

function measurement(rows: readonly Measured[], text = 'one core'): Measurement {
  return { rows, regime: { oneCore: true, text }, facts: ['PostgreSQL 16'] }
}

describe('a table', () => {
  it('has a line for each variant, compared with the base and with Ambit’s fastest', () => {
    const rows = [row('pg, prepared', 1), row('TypeORM', 3), row('Ambit a', 1.5, { roundTrips: 2 }), row('Ambit b', 2)]
    expect(
      section({ workload: workloadNamed('one-row'), measurements: [measurement(rows)] })
        .split('\n')
        .slice(4),
    ).toEqual([
      '| variant | x base | quartiles | us | x Ambit | round trips | commands |',
      '|---|---:|---|---:|---:|---:|---|',
      '| pg, prepared | 1.00 | 0.90 – 1.10 | 10.0 | 0.67 | 1 | SELECT 1 |',
      '| TypeORM | 3.00 | 2.90 – 3.10 | 30.0 | 2.00 | 1 | SELECT 1 |',
      '| Ambit a | 1.50 | 1.40 – 1.60 | 15.0 | 1.00 | 2 | SELECT 1 |',
      '| Ambit b | 2.00 | 1.90 – 2.10 | 20.0 | 1.33 | 1 | SELECT 1 |',
    ])
  })

  it('adds what other processes measured beside the same base, and shows the base once', () => {
    const shared = measurement([row('pg, prepared', 1), row('Ambit', 2)])
    const alone = measurement([row('pg, prepared', 1), row('another', 4)])
    const text = section({ workload: workloadNamed('one-row'), measurements: [shared, alone] })
    expect(text.match(/^\| [\w, ]+/gm)).toEqual(['| variant ', '| pg, prepared ', '| Ambit ', '| another '])
    expect(text).toContain('| another | 4.00 | 3.90 – 4.10 | 40.0 | 2.00 |')
  })

  it('shows nanoseconds where the cost is so small, and no round trips', () => {
    const rows = [row('a bare async call', 1), row('Ambit', 2, { beyond: one(40.4, 50.6, 61), microseconds: 0.3071 })]
    const lines = section({ workload: workloadNamed('join'), measurements: [measurement(rows)] }).split('\n')
    expect(lines.slice(-1)).toEqual(['| Ambit | 51 | 40 – 61 | 0.307 |'])
  })

  it('leaves the round trips open where there is no wire', () => {
    const rows = [row('better-sqlite3', 1, { roundTrips: undefined, commands: ['SELECT'] }), row('Ambit', 2)]
    const text = section({ workload: workloadNamed('sqlite-one-row'), measurements: [measurement(rows)] })
    expect(text).toContain('| better-sqlite3 | 1.00 | 0.90 – 1.10 | 10.0 | 0.50 |  | SELECT |')
  })
})

describe('the page', () => {
  it('begins with what the numbers depend on, each fact once, and each work says where it ran', () => {
    const workload = workloadNamed('one-row')
    const rows = [row('pg, prepared', 1), row('Ambit', 2)]
    const measurements = [measurement(rows), measurement(rows), measurement(rows, 'not pinned')]
    const lines = page('Benchmark', ['Node 20'], [{ workload, measurements }]).split('\n')
    expect(lines.slice(0, 8)).toEqual([
      '# Benchmark',
      '',
      '- Node 20',
      '- PostgreSQL 16',
      '',
      `## ${workload.title}`,
      '',
      `Goal: ${workload.goal}. Ran on one core, then on not pinned.`,
    ])
    expect(lines.slice(-2)[1]).toBe('')
  })
})
