import { table } from '../../benchmark/table'
import { lines, row } from './rows'

describe('a table', () => {
  it('has a line for each variant, compared with the base and with Ambit’s slowest', () => {
    const found = lines(
      row('pg, prepared', [10, 10, 10]),
      row('TypeORM', [29, 30, 31]),
      row('Ambit a', [14, 15, 16], { roundTrips: 2 }),
      row('Ambit b', [20, 20, 20], { commands: ['BEGIN', 'SELECT 1', 'COMMIT'] }),
    )
    expect(table('calls', found).split('\n')).toEqual([
      '| variant | x base | us | x Ambit | round trips | commands |',
      '|---|---:|---:|---:|---:|---|',
      '| pg, prepared | 1.00 [1.00 – 1.00] | 10.0 | 0.50 | 1 | SELECT 1 |',
      '| TypeORM | 3.00 [2.95 – 3.05] | 30.0 | 1.50 | 1 | SELECT 1 |',
      '| Ambit a | 1.50 [1.45 – 1.55] | 15.0 | 0.75 | 2 | SELECT 1 |',
      '| Ambit b | 2.00 [2.00 – 2.00] | 20.0 | 1.00 | 1 | BEGIN, SELECT 1, COMMIT |',
    ])
  })

  it('shows nanoseconds where the cost is so small, and no round trips', () => {
    const found = lines(row('a bare async call', [0.2, 0.2, 0.2]), row('Ambit', [0.24, 0.25, 0.3071]))
    expect(table('overhead', found).split('\n')).toEqual([
      '| variant | ns beyond the base | us |',
      '|---|---:|---:|',
      '| a bare async call | 0 [0 – 0] | 0.200 |',
      '| Ambit | 50 [45 – 79] | 0.250 |',
    ])
  })

  const loaded = [
    row('pg', [], { rounds: { time: [100, 100], p50: [4_000, 4_000], p99: [9_000, 11_000] } }),
    row('Ambit', [], { rounds: { time: [50, 50], p50: [2_000, 3_000], p99: [9_000, 22_000] } }),
  ]

  it('shows throughput and latency where there are callers', () => {
    expect(table('callers', lines(...loaded)).split('\n')).toEqual([
      '| variant | x base | calls/s | x Ambit | p50 ms | p50 x base | p99 ms | p99 x base | round trips | commands |',
      '|---|---:|---:|---:|---:|---:|---:|---:|---:|---|',
      '| pg | 1.00 [1.00 – 1.00] | 10000 | 2.00 | 4.00 | 1.00 [1.00 – 1.00] | 10.00 | 1.00 [1.00 – 1.00] | 1 | SELECT 1 |',
      '| Ambit | 0.50 [0.50 – 0.50] | 20000 | 1.00 | 2.50 | 0.63 [0.56 – 0.69] | 15.50 | 1.50 [1.25 – 1.75] | 1 | SELECT 1 |',
    ])
  })

  it('shows latency alone where calls arrive at their times: the throughput is given', () => {
    expect(table('arrivals', lines(...loaded)).split('\n')[0]).toBe(
      '| variant | p50 ms | p50 x base | p99 ms | p99 x base | round trips | commands |',
    )
  })

  it('shows what a trial counts, and no column of what it does not', () => {
    const readings = { attempts: 64, errors: 0, refusals: 1, slowestMs: 1.26 }
    const found = lines(row('Ambit', [], { readings, roundTrips: undefined, commands: ['BEGIN', 'ROLLBACK'] }))
    expect(table('trial', found).split('\n')).toEqual([
      '| variant | callers | errors | refused | slowest refusal, ms | commands |',
      '|---|---:|---:|---:|---:|---|',
      '| Ambit | 64 | 0 | 1 | 1.3 | BEGIN, ROLLBACK |',
    ])
  })

  it('shows the phases of fresh processes, and compares the starts', () => {
    const phases = (start: number) => ({ import: [14_260], declare: [2_000], start: [start], time: [16_260 + start] })
    const found = lines(
      row('plain new', [], { rounds: { ...phases(4_000), import: [0] }, roundTrips: undefined }),
      row('tsyringe', [], { rounds: phases(12_000), roundTrips: undefined }),
      row('Ambit', [], { rounds: phases(6_000), roundTrips: undefined }),
    )
    expect(table('processes', found).split('\n')).toEqual([
      '| variant | import ms | declare ms | start ms | start x base | start x Ambit | all ms |',
      '|---|---:|---:|---:|---:|---:|---:|',
      '| plain new | 0.0 | 2.0 | 4.0 | 1.00 [1.00 – 1.00] | 0.67 | 20.3 |',
      '| tsyringe | 14.3 | 2.0 | 12.0 | 3.00 [3.00 – 3.00] | 2.00 | 28.3 |',
      '| Ambit | 14.3 | 2.0 | 6.0 | 1.50 [1.50 – 1.50] | 1.00 | 22.3 |',
    ])
  })

  it('has more digits for what takes less than a microsecond', () => {
    const found = lines(row('plain new', [0.2213]), row('Ambit', [0.99951]), row('tsyringe', [1]))
    const times = [...table('calls', found).matchAll(/\] \| ([\d.]+) \|/g)].map(([, time]) => time)
    expect(times).toEqual(['0.221', '1.000', '1.0'])
  })

  it('has no round trips where there is no wire', () => {
    const found = lines(
      row('better-sqlite3', [1], { roundTrips: undefined }),
      row('Ambit', [2], { roundTrips: undefined }),
    )
    expect(table('calls', found).split('\n')[0]).toBe('| variant | x base | us | x Ambit | commands |')
  })
})
