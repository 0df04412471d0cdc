import { type Goal, sentence } from '../../benchmark/workloads/goal'

describe('a goal in words', () => {
  it.each([
    [{ of: 'M1', against: 'pg, prepared', atMost: 0.95 }, 'at most 0.95 × pg, prepared'],
    [{ of: 'M1', against: 'TypeORM findOneBy', times: 3.5 }, '3.5 × faster than TypeORM findOneBy'],
    [{ of: 'M10', by: 'p99', against: 'pg', atMost: 0.75 }, 'p99 at most 0.75 × pg'],
    [{ of: 'M10', by: 'p99', against: 'pg', times: 2 }, 'p99 2 × less than pg'],
    [{ of: 'M9', by: 'beyond', against: 'nestjs-cls', times: 10 }, '10 × less than nestjs-cls'],
    [{ of: 'M9', nanoseconds: 80 }, 'at most 80 ns beyond the base'],
    [{ of: 'M16', by: 'start', against: 'plain new', atMost: 1.5 }, 'start at most 1.5 × plain new'],
    [{ of: 'M16', by: 'start', against: 'Nest', times: 12 }, 'start 12 × faster than Nest'],
    [{ of: 'M8', roundTrips: 0 }, 'no round trip'],
    [{ of: 'M8', roundTrips: 1 }, '1 round trip'],
    [{ of: 'M8', roundTrips: 4 }, '4 round trips'],
    [{ of: 'M5', line: 'Ambit insert', roundTrips: 1 }, 'Ambit insert: 1 round trip'],
    [{ of: 'M12', milliseconds: 50 }, 'reported within 50 ms'],
    [{ of: 'M12', none: 'errors' }, 'no error and no hang'],
    [{ of: 'M15', none: 'dirtyReads' }, 'no dirty read'],
    [{ of: 'M15', none: 'lostWrites' }, 'no lost write'],
  ] as const satisfies readonly (readonly [Goal, string])[])('%j is “%s”', (goal, expected) => {
    expect(sentence(goal)).toBe(expected)
  })
})
