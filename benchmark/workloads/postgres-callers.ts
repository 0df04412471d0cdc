import { CALLERS } from '../user'
import { EXHAUSTED, READ, THREE_READ, TWO_READ_APART } from './proofs'
import type { Workload } from './workload'

/** Many callers on PostgreSQL, with a pool of ten connections. */
export const CALLERS_ON_POSTGRES: readonly Workload[] = [
  {
    name: 'three-reads-64',
    engine: 'postgres',
    title: '64 callers on a pool of 10: each a service call of three reads in one transaction',
    goals: [
      { of: 'M10', against: 'pg, prepared, by hand', times: 1.4 },
      { of: 'M10', against: 'TypeORM', times: 3 },
      { of: 'M10', by: 'p99', against: 'pg, prepared, by hand', atMost: 0.75 },
    ],
    method: { kind: 'callers', callers: CALLERS, calls: 12 },
    variantsOf: 'three-reads',
    cores: 'any',
    proof: THREE_READ,
  },
  {
    name: 'one-row-64',
    engine: 'postgres',
    title: '64 callers on a pool of 10: each reads one row by a unique column, outside a transaction',
    goals: [
      { of: 'M11', against: 'pg, prepared', times: 4 },
      { of: 'M11', against: 'TypeORM findOneBy', times: 10 },
    ],
    method: { kind: 'callers', callers: CALLERS, calls: 24 },
    variantsOf: 'one-row',
    cores: 'any',
    proof: READ,
  },
  {
    name: 'one-row-arrivals',
    engine: 'postgres',
    title: 'Reads of one row that arrive at a fixed rate, on a pool of 10',
    goals: [
      { of: 'M11', by: 'p99', against: 'pg, prepared', atMost: 1 },
      { of: 'M11', by: 'p99', against: 'TypeORM findOneBy', atMost: 1 },
    ],
    method: { kind: 'arrivals', arrivals: 1_500, load: 0.3, callers: CALLERS },
    variantsOf: 'one-row',
    cores: 'any',
    loners: false,
    proof: READ,
  },
  {
    name: 'requires-new-64',
    engine: 'postgres',
    title: '64 callers on a pool of 10: each reads in a transaction, and in a REQUIRES_NEW inside it',
    goals: [{ of: 'M12', none: 'errors' }],
    method: { kind: 'callers', callers: CALLERS, calls: 8 },
    cores: 'any',
    loners: false,
    proof: TWO_READ_APART,
  },
  {
    name: 'exhaustion',
    engine: 'postgres',
    title: '64 callers on a pool of 10: every connection belongs to one who waits for another',
    goals: [
      { of: 'M12', milliseconds: 50 },
      { of: 'M12', none: 'errors' },
    ],
    method: { kind: 'trial' },
    cores: 'any',
    loners: false,
    proof: EXHAUSTED,
  },
]
