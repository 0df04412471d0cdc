import type { Session } from '../session'
import type { Goal } from './goal'

export type Engine = 'postgres' | 'sqlite' | 'none'

export type WorkloadName =
  | 'join'
  | 'one-row'
  | 'one-row-64'
  | 'one-row-arrivals'
  | 'three-reads'
  | 'three-reads-64'
  | 'three-reads-at-once'
  | 'three-reads-read-only'
  | 'serializable'
  | 'requires-new-64'
  | 'exhaustion'
  | 'untouched'
  | 'insert'
  | 'insert-durable'
  | 'list-100'
  | 'list-1000'
  | 'page'
  | 'family'
  | 'save-1000'
  | 'stream'
  | 'sqlite-one-row'
  | 'sqlite-list-100'
  | 'sqlite-list-1000'
  | 'sqlite-insert'
  | 'sqlite-insert-1000'
  | 'sqlite-insert-64'
  | 'sqlite-isolation-64'
  | 'container-transient'
  | 'container-singleton'
  | 'container-boot'
  | 'filter-short'
  | 'filter-long'

/** A piece of work that every peer does in its own way. */
export interface Workload {
  readonly name: WorkloadName
  readonly engine: Engine
  readonly title: string
  readonly goals: readonly Goal[]
  readonly method: Method
  /** The work whose variants are measured; without it this work has its own. */
  readonly variantsOf?: WorkloadName
  /** Whether it runs inside an open transaction. */
  readonly within?: true
  /** Whether those with a process of their own take part; they do unless said otherwise. */
  readonly loners?: boolean
  /** Where it runs; without it on one core. */
  readonly cores?: 'any'
  /** How many rows the table has; without it the few that every read finds. PostgreSQL. */
  readonly rows?: number
  /** What is set in all sessions, whatever the server's default. */
  readonly session?: Session
  readonly proof: Proof
}

/** How a work is measured; a round does this with each variant. */
export type Method = Serial | Callers | Arrivals | Trial | Processes

export type Kind = Method['kind']

/** Calls one after the other. `overhead`: what one takes beyond the base is looked at, rather than how many times the base. */
export interface Serial {
  readonly kind: 'overhead' | 'calls'
  readonly calls: number
  /** Each answers at once, without a promise. */
  readonly atOnce?: true
}

/** Several callers at the same time, each of which calls again as soon as it has its answer: the load is all that there can be. */
export interface Callers {
  readonly kind: 'callers'
  readonly callers: number
  /** Of each caller. */
  readonly calls: number
}

/** Calls that arrive at their times, whether or not the earlier ones have been answered. */
export interface Arrivals {
  readonly kind: 'arrivals'
  readonly arrivals: number
  /** How much of what the base does for that many callers arrives. */
  readonly load: number
  readonly callers: number
}

/** Something whose outcome is counted. */
export interface Trial {
  readonly kind: 'trial'
}

/** Something that happens once in a process: each call is one of its own, and says itself what its phases took. */
export interface Processes {
  readonly kind: 'processes'
}

/** What each variant must have done, or its time means nothing. */
export interface Proof {
  /** Whether the answer of one caller is right. */
  answers(result: unknown): boolean
  /** The database's commands for one caller, without the outer BEGIN and COMMIT; those of several may come in any order. */
  readonly commands: readonly string[]
  /** Other commands that do the same work: one join in place of two selects. */
  readonly or?: readonly (readonly string[])[]
  /** Whether BEGIN and COMMIT must be around them; otherwise they may. */
  readonly transaction: 'required' | 'optional'
  /** For work that is done on several connections by itself: the commands may come in any order. */
  readonly order?: 'any'
  /** A command that may come besides. */
  readonly besides?: string
}
