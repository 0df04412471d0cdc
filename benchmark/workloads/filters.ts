import { FILTER_LONG, FILTER_SHORT } from './proofs'
import type { Goal } from './goal'
import type { Workload } from './workload'

const GOALS: readonly Goal[] = [
  { of: 'M17', against: 'chevrotain', times: 2.5 },
  { of: 'M17', against: 'peggy', times: 3.5 },
  { of: 'M17', against: 'nearley', times: 8 },
]

/** Reading filters into a tree; no text is remembered. */
export const OF_FILTERS: readonly Workload[] = [
  {
    name: 'filter-short',
    engine: 'none',
    title: 'Reading a filter of three conditions',
    goals: GOALS,
    method: { kind: 'calls', calls: 2_000, atOnce: true },
    proof: FILTER_SHORT,
  },
  {
    name: 'filter-long',
    engine: 'none',
    title: 'Reading a filter of sixty conditions',
    goals: GOALS,
    method: { kind: 'calls', calls: 200, atOnce: true },
    proof: FILTER_LONG,
  },
]
