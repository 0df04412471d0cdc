import { linesOf } from '../../benchmark/lines'
import { judged, judgedFloor } from '../../benchmark/verdict'
import type { Goal } from '../../benchmark/workloads/goal'
import { lines, measurement, row } from './rows'

describe('the verdict on a goal', () => {
  const found = lines(row('pg', [10, 10, 10]), row('TypeORM', [30, 33, 36]), row('Ambit', [8, 9, 10]))

  it.each([
    [{ of: 'M', against: 'pg', atMost: 0.95 }, '0.90 [0.85 – 0.95]', 'met'],
    [{ of: 'M', against: 'pg', atMost: 0.9 }, '0.90 [0.85 – 0.95]', 'met'],
    [{ of: 'M', against: 'pg', atMost: 0.6 }, '0.90 [0.85 – 0.95]', 'missed by 50 %'],
    [{ of: 'M', against: 'pg', atMost: 0.899 }, '0.90 [0.85 – 0.95]', 'missed by 1 %'],
    [{ of: 'M', against: 'TypeORM', times: 3.5 }, '3.67 [3.63 – 3.71]', 'met'],
    [{ of: 'M', against: 'TypeORM', times: 5 }, '3.67 [3.63 – 3.71]', 'missed by 27 %'],
  ] as const satisfies readonly (readonly [Goal, string, string])[])('%j: %s, %s', (goal, measured, text) => {
    expect(judged(goal, found)).toEqual({ measured, met: text === 'met', text })
  })

  it('is that of the slowest of Ambit’s ways: none is chosen after the fact', () => {
    const ways = lines(row('pg', [10]), row('Ambit a', [5]), row('Ambit b', [15]), row('TypeORM', [30]))
    expect(judged({ of: 'M', against: 'pg', atMost: 1 }, ways).text).toBe('missed by 50 %')
    expect(judged({ of: 'M', against: 'TypeORM', times: 6 }, ways)).toMatchObject({ measured: '2.00 [2.00 – 2.00]' })
  })

  it('is that of the line that the goal names', () => {
    const ways = lines(row('pg', [10]), row('Ambit a', [5]), row('Ambit b', [15], { roundTrips: 2 }))
    const text = (line: string) => [
      judged({ of: 'M', line, against: 'pg', atMost: 1 }, ways).text,
      judged({ of: 'M', line, roundTrips: 1 }, ways).text,
    ]
    expect(text('Ambit a')).toEqual(['met', 'met'])
    expect(text('Ambit b')).toEqual(['missed by 50 %', 'missed by 1 round trip'])
    expect(text('Ambit c')).toEqual(['not measured', 'not measured'])
  })

  it('looks at the percentiles where the goal does', () => {
    const rounds = (p99: readonly number[]) => ({ rounds: { time: [1], p99 } })
    const slow = lines(row('pg', [], rounds([10, 20])), row('Ambit', [], rounds([8, 20])))
    expect(judged({ of: 'M', by: 'p99', against: 'pg', atMost: 0.75 }, slow)).toEqual({
      measured: '0.90 [0.85 – 0.95]',
      met: false,
      text: 'missed by 20 %',
    })
  })

  it('counts round trips exactly, and fewer are no worse', () => {
    const ways = lines(row('pg', [1]), row('Ambit a', [1], { roundTrips: 2 }), row('Ambit b', [1], { roundTrips: 4 }))
    const text = (roundTrips: number) => judged({ of: 'M', roundTrips }, ways).text
    expect([text(2), text(3), text(4), text(5)]).toEqual([
      'missed by 2 round trips',
      'missed by 1 round trip',
      'met',
      'met',
    ])
  })

  it('compares what is beyond the base, also with other processes', () => {
    const processes = linesOf([
      measurement([row('bare', [0.1, 0.1, 0.1]), row('Ambit', [0.2, 0.2, 0.2])]),
      measurement([row('bare', [0.1, 0.1, 0.1]), row('nestjs-cls', [0.8, 0.8, 0.8])]),
    ])
    expect(judged({ of: 'M9', nanoseconds: 80 }, processes)).toEqual({
      measured: '100 [100 – 100] ns',
      met: false,
      text: 'missed by 20 ns',
    })
    expect(judged({ of: 'M9', nanoseconds: 101 }, processes).text).toBe('met')
    const less = { of: 'M9', by: 'beyond', against: 'nestjs-cls', times: 10 } as const
    expect(judged(less, processes)).toMatchObject({ measured: '7.00 [7.00 – 7.00]', text: 'missed by 30 %' })
  })

  it('takes the slowest report, and without a report there is none', () => {
    const reported = (slowestMs: number, refusals = 3) =>
      judged({ of: 'M12', milliseconds: 50 }, lines(row('Ambit', [], { readings: { slowestMs, refusals } })))
    expect(reported(49.96)).toEqual({ measured: '50.0 ms, the slowest of 3', met: true, text: 'met' })
    expect(reported(5_000)).toMatchObject({ met: false, text: 'missed by 4950 ms' })
    expect(reported(0, 0)).toEqual({ measured: '', met: undefined, text: 'not measured' })
  })

  it('wants nothing where nothing may be, and says in how many', () => {
    const ways = lines(
      row('TypeORM', [], { readings: { attempts: 64, dirtyReads: 64 } }),
      row('Ambit a', [], { readings: { attempts: 64, dirtyReads: 0 } }),
      row('Ambit b', [], { readings: { attempts: 64, dirtyReads: 2 } }),
    )
    const none = { of: 'M15', none: 'dirtyReads' } as const
    expect(judged(none, ways)).toEqual({ measured: '2 in 128', met: false, text: 'missed by 2' })
    expect(judged(none, ways.slice(0, 2))).toEqual({ measured: '0 in 64', met: true, text: 'met' })
    expect(judged({ of: 'M15', none: 'lostWrites' }, ways).text).toBe('not measured')
  })

  it.each([
    { of: 'M', against: 'nestjs-cls', atMost: 1 },
    { of: 'M', against: 'nestjs-cls', times: 2 },
    { of: 'M', by: 'beyond', against: 'nestjs-cls', times: 2 },
  ] as const satisfies readonly Goal[])('is open where the other was not there: %j', goal => {
    expect(judged(goal, found)).toEqual({ measured: '', met: undefined, text: 'not measured' })
  })

  it.each([{ against: 'pg', atMost: 9 }, { roundTrips: 9 }, { nanoseconds: 9 }, { milliseconds: 9 }] as const)(
    'is open where Ambit was not there: %j',
    goal => {
      expect(judged({ of: 'M', ...goal }, lines(row('pg', [1]))).text).toBe('not measured')
      expect(judged({ of: 'M', ...goal }, []).text).toBe('not measured')
    },
  )

  it('is open where there was no wire', () => {
    const local = lines(row('better-sqlite3', [1]), row('Ambit', [1], { roundTrips: undefined }))
    expect(judged({ of: 'M8', roundTrips: 1 }, local).text).toBe('not measured')
  })
})

describe('what a floor reaches', () => {
  const found = lines(
    row('pg', [10, 10]),
    row('a socket', [8, 9], { floor: true }),
    row('Ambit', [9, 9]),
    row('ORM', [30, 30]),
  )

  it.each([
    [
      { of: 'M', against: 'pg', atMost: 0.9 },
      { measured: '0.85', met: true },
    ],
    [
      { of: 'M', against: 'pg', atMost: 0.8 },
      { measured: '0.85', met: false },
    ],
    [
      { of: 'M', against: 'ORM', times: 3.5 },
      { measured: '3.54', met: true },
    ],
    [
      { of: 'M', against: 'ORM', times: 4 },
      { measured: '3.54', met: false },
    ],
    // Not of times, of what is no floor's, or against what was not measured.
    [{ of: 'M', roundTrips: 1 }, undefined],
    [{ of: 'M', by: 'beyond', against: 'pg', times: 2 }, undefined],
    [{ of: 'M', by: 'p99', against: 'pg', atMost: 2 }, undefined],
    [{ of: 'M', against: 'a socket', atMost: 1 }, undefined],
    [{ of: 'M', against: 'nobody', atMost: 1 }, undefined],
  ] as const satisfies readonly (readonly [Goal, unknown])[])('%j: %j', (goal, expected) => {
    expect(judgedFloor(goal, found)).toEqual(expected)
  })

  it('is nothing where there is none', () => {
    expect(judgedFloor({ of: 'M', against: 'pg', atMost: 1 }, lines(row('pg', [1]), row('Ambit', [1])))).toBeUndefined()
  })
})
