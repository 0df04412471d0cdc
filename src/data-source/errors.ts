import { AmbitError, type CatalogueEntry, type ErrorText } from '../core/ambit-error'

/** Errors of data sources. */
export const DATA_SOURCE_ERRORS = {
  AMBIT_DATA_SOURCE_INVALID_SETTINGS: {
    thrownAs: 'InvalidDataSourceSettingsError',
    meaning: 'The settings of a data source are incomplete, contradictory or of the wrong type.',
  },
  AMBIT_DATA_SOURCE_UNSUPPORTED: {
    thrownAs: 'InvalidDataSourceSettingsError',
    meaning: 'The kind of database is not supported yet.',
  },
  AMBIT_DATA_SOURCE_DRIVER_MISSING: {
    thrownAs: 'InvalidDataSourceSettingsError',
    meaning: "The database's driver package is not installed.",
  },
  AMBIT_DATA_SOURCE_UNREACHABLE: {
    thrownAs: 'DataSourceUnreachableError',
    meaning: 'No connection to the database could be made.',
  },
  AMBIT_DATA_SOURCE_SCHEMA: {
    thrownAs: 'SchemaMismatchError',
    meaning: "`schema: 'validate'` found that the database differs from the entities.",
  },
  AMBIT_DATA_SOURCE_SCHEMA_LOSS: {
    thrownAs: 'SchemaMismatchError',
    meaning: "`schema: 'create'` would have dropped columns, with what is stored in them.",
  },
  AMBIT_DATA_SOURCE_MIGRATIONS: {
    thrownAs: 'MigrationSetupError',
    meaning: "`schema: 'migrate'` was given no migrations, or some that TypeORM cannot put in an order.",
  },
  AMBIT_DATA_SOURCE_MIGRATION_TARGET: {
    thrownAs: 'MigrationSetupError',
    meaning: '`migrationTarget` names no migration, or one that the database is beyond already.',
  },
  AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION: {
    thrownAs: 'ExplicitTransactionError',
    meaning: "Transaction control was called by hand on a query runner of a scope, whose transaction is the scope's.",
  },
  AMBIT_DATA_SOURCE_CONNECTION_LOST: {
    thrownAs: 'ConnectionLostError',
    meaning:
      'The connection was lost before COMMIT was sent, or under a statement outside transactions that only reads, or that was never sent: nothing is stored.',
  },
  AMBIT_DATA_SOURCE_POOL_STARVATION: {
    thrownAs: 'PoolStarvationError',
    meaning: 'No connection of the pool became free in time, or none ever could: every holder waits for another one.',
  },
  AMBIT_DATA_SOURCE_RAW_QUERY: {
    thrownAs: 'RawQueryError',
    meaning: 'A query object (cursor, COPY stream) was given to the raw client of a scope.',
  },
  AMBIT_DATABASE_UNIQUE: { thrownAs: 'UniqueViolationError', meaning: 'A unique constraint refused a row.' },
  AMBIT_DATABASE_FOREIGN_KEY: {
    thrownAs: 'ForeignKeyViolationError',
    meaning: 'A foreign key refused a row, or its deletion.',
  },
  AMBIT_DATABASE_INTEGRITY: {
    thrownAs: 'IntegrityViolationError',
    meaning: 'A not-null, check or exclusion constraint, or the type of a column, refused a value.',
  },
  AMBIT_DATABASE_SERIALIZATION: {
    thrownAs: 'SerializationFailureError',
    meaning: 'Concurrent transactions could not be serialised; repeating the whole transaction may succeed.',
  },
  AMBIT_DATABASE_DEADLOCK: {
    thrownAs: 'DeadlockError',
    meaning: 'The database broke a deadlock; repeating the whole transaction may succeed.',
  },
  AMBIT_DATABASE_LOCK: { thrownAs: 'LockNotAvailableError', meaning: 'A lock was not available in time.' },
  AMBIT_DATABASE_TIMEOUT: { thrownAs: 'StatementTimeoutError', meaning: 'The database gave a statement up.' },
  AMBIT_DATABASE_READ_ONLY: {
    thrownAs: 'ReadOnlyViolationError',
    meaning: 'A write was refused in a read-only transaction.',
  },
  AMBIT_DATABASE_SQL: { thrownAs: 'SqlError', meaning: 'The database does not understand a statement.' },
  AMBIT_DATABASE_ABORTED: {
    thrownAs: 'TransactionAbortedByDatabaseError',
    meaning: 'A statement ran in a transaction that an earlier failure had aborted.',
  },
  AMBIT_DATABASE_OTHER: { thrownAs: 'DatabaseError', meaning: 'The database refused a statement for another reason.' },
} as const satisfies Record<`AMBIT_DATA${string}`, CatalogueEntry>

export type DataSourceErrorCode = keyof typeof DATA_SOURCE_ERRORS

abstract class DataSourceError extends AmbitError<DataSourceErrorCode> {}

/** The settings of a data source are wrong; found at start-up. */
export class InvalidDataSourceSettingsError extends DataSourceError {}

/** The database cannot be reached. */
export class DataSourceUnreachableError extends DataSourceError {}

/** The schema is not what the entities say. */
export class SchemaMismatchError extends DataSourceError {}

/** The migrations of a start are missing, wrongly named, or do not lead to the target. None of them was run. */
export class MigrationSetupError extends DataSourceError {}

/** `startTransaction()` and the like inside a scope. */
export class ExplicitTransactionError extends DataSourceError {}

/** The connection went away, and nothing is stored. `cause` is the driver's error, where it told one. */
export class ConnectionLostError extends DataSourceError {}

/** A connection in the hands of a transaction. */
export interface HeldConnection {
  readonly method: string
  /** The statement that it waits for, shortened and without values; `undefined` where it sends nothing. */
  readonly runs: string | undefined
  /** The method inside it that waits for a connection in turn. */
  readonly awaits: string | undefined
  /** How long ago it last sent something, in milliseconds. */
  readonly sentMsAgo: number
}

/** What the holders of a pool's connections run, and how many wait. */
export interface PoolState {
  readonly held: readonly HeldConnection[]
  /** The statement that the connection was wanted for, where it is known. */
  readonly wanted: string | undefined
  readonly waiting: number
  readonly poolSize: number
}

/** The pool had no connection for a transaction. Nothing of it was sent. */
export class PoolStarvationError extends DataSourceError implements PoolState {
  readonly held: readonly HeldConnection[]
  /** The methods whose transactions hold a connection. */
  readonly holders: readonly string[]
  readonly wanted: string | undefined
  readonly waiting: number
  readonly poolSize: number

  constructor(text: ErrorText, { held, wanted, waiting, poolSize }: PoolState, cause: unknown) {
    super('AMBIT_DATA_SOURCE_POOL_STARVATION', text, cause === undefined ? {} : { cause })
    this.held = Object.freeze(held.map(each => Object.freeze({ ...each })))
    this.holders = Object.freeze(held.map(({ method }) => method))
    this.wanted = wanted
    this.waiting = waiting
    this.poolSize = poolSize
  }
}

/** A query object cannot be run on the raw client of a scope: nobody would know when it ends. */
export class RawQueryError extends DataSourceError {}
