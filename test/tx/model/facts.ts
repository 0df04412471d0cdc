import type { DataSourceName } from './call-tree'

/** What the specification says about a tree, and what a run of it shows. */
export interface Facts {
  /** What each call that was made came to, by its id. */
  readonly outcomes: Readonly<Record<string, string>>
  readonly rows: Readonly<Record<DataSourceName, readonly string[]>>
  /** The hooks that ran, in order. */
  readonly hooks: readonly string[]
  /** What was told to the error listener, in order. */
  readonly reports: readonly string[]
  /** The first words of what each data source was sent, in order. */
  readonly commands: Readonly<Record<DataSourceName, readonly string[]>>
}

/** What the specification leaves to the database. */
export interface DatabaseKind {
  /** PostgreSQL refuses everything after an error until the (sub)transaction ends; SQLite does not. */
  readonly abortsOnError: boolean
  /** SQLite: no second writer beside a transaction that has written. */
  readonly oneWriter: boolean
}
