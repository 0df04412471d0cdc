import { STREAMED } from '../user'
import { INSERTED, JOINED, READ, SERIALIZABLE, streamedAll, THREE_READ, UNTOUCHED } from './proofs'
import type { Workload } from './workload'

/** One caller on PostgreSQL. */
export const ON_POSTGRES: readonly Workload[] = [
  {
    name: 'join',
    engine: 'postgres',
    title: 'Joining an open transaction: an empty transactional method, beyond a bare async call',
    goals: [
      { of: 'M9', nanoseconds: 80 },
      { of: 'M9', by: 'beyond', against: 'nestjs-cls', times: 10 },
      { of: 'M9', by: 'beyond', against: 'typeorm-transactional', times: 25 },
    ],
    method: { kind: 'overhead', calls: 10_000 },
    within: true,
    proof: JOINED,
  },
  {
    name: 'one-row',
    engine: 'postgres',
    title: 'One row by a unique column, outside a transaction',
    goals: [
      { of: 'M1', against: 'pg, prepared', atMost: 0.95 },
      { of: 'M1', against: 'TypeORM findOneBy', times: 3.5 },
    ],
    method: { kind: 'calls', calls: 200 },
    proof: READ,
  },
  {
    name: 'three-reads',
    engine: 'postgres',
    title: 'A service call: three reads in one transaction',
    goals: [
      { of: 'M7', against: 'pg, prepared, by hand', atMost: 0.8 },
      { of: 'M7', against: 'TypeORM', times: 4 },
      { of: 'M7', against: 'typeorm-transactional', times: 5.5 },
      { of: 'M7', against: 'nestjs-cls', times: 4.5 },
      { of: 'M8', roundTrips: 4 },
    ],
    method: { kind: 'calls', calls: 80 },
    proof: THREE_READ,
  },
  {
    name: 'three-reads-at-once',
    engine: 'postgres',
    title: 'Three reads by Promise.all in one transaction',
    goals: [{ of: 'M8', roundTrips: 2 }],
    method: { kind: 'calls', calls: 80 },
    proof: THREE_READ,
  },
  {
    name: 'three-reads-read-only',
    engine: 'postgres',
    title: 'Three reads in one read-only transaction',
    goals: [{ of: 'M8', roundTrips: 3 }],
    method: { kind: 'calls', calls: 80 },
    loners: false,
    proof: { ...THREE_READ, transaction: 'optional' },
  },
  {
    name: 'serializable',
    engine: 'postgres',
    title: 'A transaction at SERIALIZABLE: a read, and a question which isolation there is',
    goals: [{ of: 'M8', roundTrips: 3 }],
    method: { kind: 'calls', calls: 80 },
    loners: false,
    proof: SERIALIZABLE,
  },
  {
    name: 'untouched',
    engine: 'postgres',
    title: 'A transaction that never touches the database',
    goals: [{ of: 'M8', roundTrips: 0 }],
    method: { kind: 'calls', calls: 200 },
    proof: UNTOUCHED,
  },
  {
    name: 'insert',
    engine: 'postgres',
    title: 'One row inserted in a transaction of its own, its id returned; the disk is not waited for',
    goals: [
      { of: 'M5', line: 'Ambit insert', against: 'pg, prepared, by hand', atMost: 0.6 },
      { of: 'M5', line: 'Ambit insert', against: 'TypeORM save', times: 5 },
      { of: 'M5, M8', line: 'Ambit insert', roundTrips: 1 },
      { of: 'M8', line: 'Ambit @Transactional, insert', roundTrips: 2 },
    ],
    method: { kind: 'calls', calls: 80 },
    session: { synchronous_commit: 'off' },
    proof: INSERTED,
  },
  {
    name: 'insert-durable',
    engine: 'postgres',
    title: 'One row inserted in a transaction of its own, its id returned; each COMMIT waits for the disk',
    goals: [
      { of: 'M5', line: 'Ambit insert', against: 'TypeORM save', times: 2 },
      { of: 'M5', line: 'Ambit insert', roundTrips: 1 },
    ],
    method: { kind: 'calls', calls: 80 },
    variantsOf: 'insert',
    session: { synchronous_commit: 'on' },
    proof: INSERTED,
  },
  {
    name: 'stream',
    engine: 'postgres',
    title: '200,000 rows, a thousand at a time in memory; TypeORM and pg-query-stream give them one by one',
    goals: [
      { of: 'M13', line: 'Ambit stream, batches', against: 'pg-cursor', times: 1.3 },
      { of: 'M13', line: 'Ambit stream', against: 'TypeORM stream', times: 1.7 },
    ],
    method: { kind: 'calls', calls: 1 },
    loners: false,
    rows: STREAMED,
    proof: streamedAll(STREAMED),
  },
]
