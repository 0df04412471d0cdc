import type { DataSource } from 'typeorm'

/** How a handle behaves in a transaction. `–`: there is no such case. */
export type Answer = 'works' | `refused: AMBIT_${string}` | "TypeORM's own" | '–'

/** A line of docs/reference/handles.md, and what proves it. */
export interface HandleRow {
  readonly id: `H-${number}`
  readonly handle: string
  /** Of one that was obtained before the transaction. */
  readonly before: Answer
  /** Of one that was obtained inside it. */
  readonly inside: Answer
  readonly why: string
  /** Obtains the handle; what it answers uses it. */
  readonly obtain: (dataSource: DataSource) => Promise<() => Promise<unknown>> | (() => Promise<unknown>)
  /** Where it is so; on both when left out. */
  readonly engine?: 'PostgreSQL' | 'SQLite'
  /** It only reads: what was written before it, and is not committed, must be seen. */
  readonly reads?: true
  /** It has a savepoint of its own. */
  readonly savepoint?: true
  /** The DataSource is the user's own, and `before` is older than the application. */
  readonly adopted?: true
  /** The scope has written when it is used. */
  readonly afterWrite?: true
}

/** A line about a handle that was kept until its transaction had ended. */
export interface KeptRow {
  readonly id: `H-${number}`
  readonly handle: string
  readonly after: Exclude<Answer, '–'>
  readonly why: string
  readonly keep: (dataSource: DataSource) => Promise<() => Promise<unknown>>
  readonly engine?: 'PostgreSQL' | 'SQLite'
}

/** Stored by the scope before a handle is used: whoever is in the transaction sees it. */
export const UNCOMMITTED = 'uncommitted'
