import { FAMILIES, LISTED_100, LISTED_1000, MANY_SAVED, PAGED } from './proofs'
import type { Workload } from './workload'

const BY_HAND = 'pg, prepared, by hand'

/** Lists, pages, relations and many rows: one caller on PostgreSQL, a table of twelve columns. */
export const ITEMS_ON_POSTGRES: readonly Workload[] = [
  {
    name: 'list-100',
    engine: 'postgres',
    title: 'A list of 100 rows of twelve columns, as entities',
    goals: [
      { of: 'M2', against: BY_HAND, atMost: 0.8 },
      { of: 'M2', against: 'TypeORM find', times: 1.9 },
    ],
    method: { kind: 'calls', calls: 20 },
    loners: false,
    proof: LISTED_100,
  },
  {
    name: 'list-1000',
    engine: 'postgres',
    title: 'A list of 1000 rows of twelve columns, as entities',
    goals: [
      { of: 'M2', against: BY_HAND, atMost: 0.8 },
      { of: 'M2', against: 'TypeORM find', times: 1.5 },
    ],
    method: { kind: 'calls', calls: 4 },
    loners: false,
    proof: LISTED_1000,
  },
  {
    name: 'page',
    engine: 'postgres',
    title: 'A page of 20 rows of 1000, and their number',
    goals: [
      { of: 'M3', against: BY_HAND, atMost: 0.75 },
      { of: 'M3', against: 'TypeORM findAndCount', times: 4 },
      { of: 'M3', roundTrips: 1 },
    ],
    method: { kind: 'calls', calls: 40 },
    loners: false,
    proof: PAGED,
  },
  {
    name: 'family',
    engine: 'postgres',
    title: '100 entities with their children, five each',
    goals: [
      { of: 'M4', against: BY_HAND, atMost: 0.7 },
      { of: 'M4', against: 'TypeORM find, join', times: 3.5 },
      { of: 'M4', roundTrips: 1 },
    ],
    method: { kind: 'calls', calls: 10 },
    loners: false,
    proof: FAMILIES,
  },
  {
    name: 'save-1000',
    engine: 'postgres',
    title: '1000 new rows, their ids returned; the disk is not waited for',
    goals: [
      { of: 'M6', against: BY_HAND, atMost: 1 },
      { of: 'M6', against: 'TypeORM save', times: 3.5 },
    ],
    method: { kind: 'calls', calls: 1 },
    loners: false,
    session: { synchronous_commit: 'off' },
    proof: MANY_SAVED,
  },
]
