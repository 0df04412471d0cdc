import type { Phase } from './containers/boot-answer'
import type { Regime } from './one-core'

/**
 * `time`: what a call takes, where several callers call what it takes of the time of all of them, the inverse of
 * throughput; `beyond`: what of it is beyond the base; `p50`, `p99`: what half, and 99 of 100, of the calls took at most;
 * the phases of a fresh process.
 */
export type Metric = 'time' | 'beyond' | 'p50' | 'p99' | Phase

/** What is timed; the rest is made of it. */
export type Timed = Exclude<Metric, 'beyond'>

/** What a trial counts, or the slowest that it saw. */
export type Reading = 'attempts' | 'errors' | 'refusals' | 'slowestMs' | 'dirtyReads' | 'lostWrites'

export type Readings = Readonly<Partial<Record<Reading, number>>>

/** Whether something is what a trial answers; the proof has refused what is not. */
export function isReadings(value: unknown): value is Readings {
  return typeof value === 'object' && value !== null && Object.values(value).every(Number.isFinite)
}

/** What was measured of one variant. */
export interface Sample {
  /** Microseconds, one number for each round. */
  readonly rounds: Readonly<Partial<Record<Timed, readonly number[]>>>
  readonly readings: Readings
}

/** One row of a table. */
export interface Measured extends Sample {
  readonly name: string
  readonly roundTrips: number | undefined
  readonly commands: readonly string[]
  /** Whether nothing can be quicker. */
  readonly floor?: true
}

/** What one process found out about one work. */
export interface Measurement {
  /** The base first. */
  readonly rows: readonly Measured[]
  readonly regime: Regime
  /** The circumstances of this work alone: the load, settings of the session. */
  readonly circumstances: readonly string[]
  readonly facts: readonly string[]
}
