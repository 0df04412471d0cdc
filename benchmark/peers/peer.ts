import type { Variant } from '../rounds'
import type { Engine, WorkloadName } from '../workloads/workload'

/** The database that a peer opens; where there is none, a folder for its files. */
export interface Target {
  readonly url: string
  /** Is told of each statement where the peer's driver can tell (SQLite). */
  readonly onStatement: ((text: string) => void) | undefined
}

/** Something that does the work: a driver, an ORM, Ambit. */
export interface Peer {
  readonly name: string
  readonly engine: Engine
  /**
   * `base`: what others are compared with. `loner`: changes the process for others (a patched prototype of TypeORM, a
   * further AsyncLocalStorage), and so gets a process of its own.
   */
  readonly role: 'base' | 'member' | 'loner'
  /** The packages of `benchmark/package.json` that it needs. */
  readonly packages: readonly string[]
  open(target: Target): Promise<OpenPeer>
}

/** A peer with its connections. */
export interface OpenPeer {
  /** Its ways of doing each work; the peer may have none, or several. */
  readonly variants: Partial<Record<WorkloadName, readonly Variant[]>>
  /** Runs something inside an open transaction that has run a statement. */
  within?(work: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** What a server's connections of the benchmark are called. */
export const APPLICATION_NAME = 'ambit_bench'

export const POOL_SIZE = 10

/** A variant may wait long for its next batch: a new connection would land on another core. Milliseconds. */
export const IDLE_MS = 3_600_000
