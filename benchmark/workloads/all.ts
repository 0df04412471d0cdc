import { isDeepStrictEqual } from 'node:util'
import { MANY, type User, USERS } from '../user'
import type { Proof, Workload, WorkloadName } from './workload'

const [USER] = USERS

const READ: Proof['answers'] = result => isDeepStrictEqual(plain(result), USER)
const INSERTED: Proof['answers'] = result => {
  const { id, username, active } = plain(result) as Record<string, unknown>
  return Number.isInteger(id) && typeof username === 'string' && active === true
}

const ALL_INSERTED: Proof['answers'] = result =>
  Array.isArray(result) && result.every(INSERTED) && new Set(result.map(({ id }: User) => id)).size === MANY
const THREE_READ: Proof = {
  answers: result => Array.isArray(result) && isDeepStrictEqual(result.map(plain), USERS),
  commands: ['SELECT 1', 'SELECT 1', 'SELECT 1'],
  transaction: 'required',
}
const CALLERS = 64

/** All works, in the order of the tables. */
export const WORKLOADS: readonly Workload[] = [
  {
    name: 'join',
    engine: 'postgres',
    title: 'Joining an open transaction: an empty transactional method, beyond a bare async call',
    goal: 'M9: at most 80 ns, 10 times less than nestjs-cls, 25 times less than typeorm-transactional',
    calls: 10_000,
    within: true,
    shows: 'ns',
    proof: { answers: result => result === 1, commands: [], transaction: 'optional' },
  },
  {
    name: 'one-row',
    engine: 'postgres',
    title: 'One row by a unique column, outside a transaction',
    goal: 'M1: at most 0.95 of pg prepared, and 3.5 times faster than findOneBy',
    calls: 200,
    within: false,
    shows: 'ratio',
    proof: { answers: READ, commands: ['SELECT 1'], transaction: 'optional' },
  },
  {
    name: 'three-reads',
    engine: 'postgres',
    title: 'A service call: three reads in one transaction',
    goal:
      'M7: at most 0.80 of pg by hand, 4 times faster than TypeORM, 5.5 than typeorm-transactional, 4.5 than nestjs-cls; ' +
      'M8: 4 round trips',
    calls: 80,
    within: false,
    shows: 'ratio',
    proof: THREE_READ,
  },
  {
    name: 'three-reads-at-once',
    engine: 'postgres',
    title: 'Three reads by Promise.all in one transaction',
    goal: 'M8: 2 round trips',
    calls: 80,
    within: false,
    shows: 'ratio',
    proof: THREE_READ,
  },
  {
    name: 'three-reads-64',
    engine: 'postgres',
    title: '64 callers at once on a pool of 10: each a service call of three reads in one transaction',
    goal: 'M10: 1.4 times the throughput of pg by hand (at most 0.71 of its time), 3 times that of TypeORM',
    calls: 4,
    callers: CALLERS,
    variantsOf: 'three-reads',
    within: false,
    shows: 'ratio',
    proof: THREE_READ,
  },
  {
    name: 'one-row-64',
    engine: 'postgres',
    title: '64 callers at once on a pool of 10: each reads one row by a unique column, outside a transaction',
    goal: 'M11: 4 times the throughput of pg (at most 0.25 of its time), 10 times that of findOneBy',
    calls: 8,
    callers: CALLERS,
    variantsOf: 'one-row',
    within: false,
    shows: 'ratio',
    proof: { answers: READ, commands: ['SELECT 1'], transaction: 'optional' },
  },
  {
    name: 'requires-new-64',
    engine: 'postgres',
    title: '64 callers at once on a pool of 10: each reads in a transaction, and in a REQUIRES_NEW inside it',
    goal:
      'M12: no hang and no error, both of which the proof refuses; the others are not asked, because ten outer ' +
      'transactions with every connection wait there for an eleventh, for ever',
    calls: 4,
    callers: CALLERS,
    within: false,
    shows: 'ratio',
    proof: {
      answers: result => Array.isArray(result) && isDeepStrictEqual(result.map(plain), [USER, USER]),
      commands: ['SELECT 1', 'BEGIN', 'SELECT 1', 'COMMIT'],
      transaction: 'required',
    },
  },
  {
    name: 'untouched',
    engine: 'postgres',
    title: 'A transaction that never touches the database',
    goal: 'M8: no round trip',
    calls: 200,
    within: false,
    shows: 'ratio',
    proof: { answers: result => result === undefined, commands: [], transaction: 'optional' },
  },
  {
    name: 'insert',
    engine: 'postgres',
    title: 'One row inserted in a transaction of its own, its id returned',
    goal: 'M5: at most 0.60 of pg by hand, and 5 times faster than save; one round trip',
    calls: 80,
    within: false,
    shows: 'ratio',
    proof: { answers: INSERTED, commands: ['INSERT 0 1'], transaction: 'required' },
  },
  {
    name: 'sqlite-one-row',
    engine: 'sqlite',
    title: 'SQLite: one row by a unique column',
    goal: 'M14: at most 1.25 of better-sqlite3, and 4 times faster than TypeORM',
    calls: 500,
    within: false,
    shows: 'ratio',
    proof: { answers: READ, commands: ['SELECT'], transaction: 'optional' },
  },
  {
    name: 'sqlite-insert',
    engine: 'sqlite',
    title: 'SQLite: one row inserted in a transaction of its own (WAL, synchronous NORMAL)',
    goal: 'M14: at most 1.15 of better-sqlite3, and 2.8 times faster than save',
    calls: 200,
    within: false,
    shows: 'ratio',
    proof: { answers: INSERTED, commands: ['INSERT'], transaction: 'required' },
  },
  {
    name: 'sqlite-insert-1000',
    engine: 'sqlite',
    title: 'SQLite: 1000 rows inserted in one transaction (WAL, synchronous NORMAL)',
    goal: 'M14: at most 1.1 of better-sqlite3, and 8 times faster than save',
    calls: 1,
    within: false,
    shows: 'ratio',
    proof: { answers: ALL_INSERTED, commands: Array<string>(MANY).fill('INSERT'), transaction: 'required' },
  },
  {
    name: 'sqlite-insert-64',
    engine: 'sqlite',
    title: 'SQLite: 64 callers at once, each inserts one row in a transaction of its own (WAL, synchronous NORMAL)',
    goal: 'M15: no error, no lost write, and 3 times the throughput of TypeORM behind a mutex',
    calls: 4,
    callers: CALLERS,
    within: false,
    shows: 'ratio',
    proof: { answers: INSERTED, commands: ['INSERT'], transaction: 'required' },
  },
]

/** The work of that name. */
export function workloadNamed(name: WorkloadName): Workload {
  const found = WORKLOADS.find(workload => workload.name === name)
  if (found === undefined) throw new Error(`there is no work '${name}'`)
  return found
}

/** The values of an entity, whatever its class. */
function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { ...value } : value
}
