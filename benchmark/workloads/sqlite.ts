import { CALLERS } from '../user'
import { SQLITE_INSERTED, SQLITE_MANY_INSERTED, SQLITE_READ, TRIED_APART } from './proofs'
import type { Workload } from './workload'

/** On a file of SQLite: WAL, synchronous NORMAL. */
export const ON_SQLITE: readonly Workload[] = [
  {
    name: 'sqlite-one-row',
    engine: 'sqlite',
    title: 'SQLite: one row by a unique column',
    goals: [
      { of: 'M14', against: 'better-sqlite3, prepared', atMost: 1.25 },
      { of: 'M14', against: 'TypeORM findOneBy', times: 4 },
    ],
    method: { kind: 'calls', calls: 500 },
    proof: SQLITE_READ,
  },
  {
    name: 'sqlite-insert',
    engine: 'sqlite',
    title: 'SQLite: one row inserted in a transaction of its own (WAL, synchronous NORMAL)',
    goals: [
      { of: 'M14', against: 'better-sqlite3, prepared', atMost: 1.15 },
      { of: 'M14', against: 'TypeORM save', times: 2.8 },
    ],
    method: { kind: 'calls', calls: 200 },
    proof: SQLITE_INSERTED,
  },
  {
    name: 'sqlite-insert-1000',
    engine: 'sqlite',
    title: 'SQLite: 1000 rows inserted in one transaction (WAL, synchronous NORMAL)',
    goals: [
      { of: 'M14', against: 'better-sqlite3, prepared', atMost: 1.1 },
      { of: 'M14', against: 'TypeORM save', times: 8 },
    ],
    method: { kind: 'calls', calls: 1 },
    proof: SQLITE_MANY_INSERTED,
  },
  {
    name: 'sqlite-insert-64',
    engine: 'sqlite',
    title: 'SQLite: 64 callers, each inserts one row in a transaction of its own (WAL, synchronous NORMAL)',
    goals: [
      { of: 'M15', none: 'errors' },
      { of: 'M15', against: 'TypeORM save behind a mutex', times: 3 },
    ],
    method: { kind: 'callers', callers: CALLERS, calls: 8 },
    proof: SQLITE_INSERTED,
  },
  {
    name: 'sqlite-isolation-64',
    engine: 'sqlite',
    title: 'SQLite: 64 callers, each writes, is looked at by others, and commits or rolls back',
    goals: [
      { of: 'M15', none: 'errors' },
      { of: 'M15', none: 'dirtyReads' },
      { of: 'M15', none: 'lostWrites' },
    ],
    method: { kind: 'trial' },
    proof: TRIED_APART,
  },
]
