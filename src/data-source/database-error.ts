import { AmbitError, isAmbitError } from '../core/ambit-error'
import { statementEffect } from '../core/statement-effect'
import { isConnectionLoss, lostAlone } from './connection-loss'
import { concealValues, databaseCode } from './driver-error'
import type { DataSourceErrorCode } from './errors'

/** Facts of a database error that are safe to log. */
export interface DatabaseErrorFacts {
  /** The database's own code: an SQLSTATE, or `SQLITE_…`. */
  readonly databaseCode: string | undefined
  /** The violated constraint, where the database names it. */
  readonly constraint: string | undefined
  readonly table: string | undefined
}

/** The database refused a statement. Subclasses say why; `cause` is the driver's error, its values not enumerable. */
export class DatabaseError extends AmbitError<DataSourceErrorCode> implements DatabaseErrorFacts {
  readonly databaseCode: string | undefined
  readonly constraint: string | undefined
  readonly table: string | undefined

  constructor(kind: DatabaseErrorKind, where: string | undefined, facts: DatabaseErrorFacts, cause: unknown) {
    super(kind.code, { what: kind.what(facts), where, next: kind.next }, { cause })
    this.databaseCode = facts.databaseCode
    this.constraint = facts.constraint
    this.table = facts.table
  }
}

/** A unique constraint refused a row. */
export class UniqueViolationError extends DatabaseError {}
/** A foreign key refused a row, or its deletion. */
export class ForeignKeyViolationError extends DatabaseError {}
/** Another constraint, or a column's type, refused a value. */
export class IntegrityViolationError extends DatabaseError {}
/** Concurrent transactions could not be serialised; the whole transaction may be repeated. */
export class SerializationFailureError extends DatabaseError {}
/** The database broke a deadlock; the whole transaction may be repeated. */
export class DeadlockError extends DatabaseError {}
/** A lock was not available in time. */
export class LockNotAvailableError extends DatabaseError {}
/** The database gave a statement up. */
export class StatementTimeoutError extends DatabaseError {}
/** A write in a read-only transaction. */
export class ReadOnlyViolationError extends DatabaseError {}
/** The database does not understand the statement. */
export class SqlError extends DatabaseError {}
/** A statement behind a failed one, in a transaction that the database has aborted. */
export class TransactionAbortedByDatabaseError extends DatabaseError {}

interface DatabaseErrorKind {
  readonly code: DataSourceErrorCode
  readonly Type: new (
    kind: DatabaseErrorKind,
    where: string | undefined,
    facts: DatabaseErrorFacts,
    cause: unknown,
  ) => DatabaseError
  what(facts: DatabaseErrorFacts): string
  readonly next: string
}

/**
 * What the database refused, as an error of the catalogue; `undefined` for any other error.
 *
 * Use it where errors of repositories and of TypeORM's handles meet: a repository throws a `SerializationFailureError`, a
 * handle TypeORM's `QueryFailedError` about the same. A `DatabaseError` is answered as it is.
 *
 * @example
 * import { asDatabaseError, SerializationFailureError } from 'ambit/errors'
 * try { await accounts.transfer(from, to, amount) }
 * catch (error) { if (asDatabaseError(error) instanceof SerializationFailureError) return 'try again'; else throw error }
 */
export function asDatabaseError(error: unknown): DatabaseError | undefined {
  const known = translateDatabaseError(error)
  return known instanceof DatabaseError ? known : undefined
}

/**
 * The catalogue error for what a driver threw; any other error as it is. The driver's text is kept in `cause` only: it
 * may quote values.
 */
export function translateDatabaseError(error: unknown, where?: string): unknown {
  if (isAmbitError(error)) return error
  // In a transaction it has been told so already: this one was alone.
  if (isConnectionLoss(error)) return lostAlone(where ?? 'A statement', { sent: true, writes: mayWrite(error) }, error)
  const code = databaseCode(error)
  if (code === undefined) return error
  const kind = KINDS.find(([matches]) => matches.test(code))?.[1] ?? OTHER
  concealValues(error)
  return new kind.Type(kind, where, { databaseCode: code, ...named(error) }, error)
}

function mayWrite(error: unknown): boolean {
  const { query } = error as { query?: unknown }
  return typeof query !== 'string' || statementEffect(query) === 'write'
}

function named(error: unknown): { constraint: string | undefined; table: string | undefined } {
  const { constraint, table } = error as { constraint?: unknown; table?: unknown }
  return {
    constraint: typeof constraint === 'string' ? constraint : undefined,
    table: typeof table === 'string' ? table : undefined,
  }
}

function by({ constraint }: DatabaseErrorFacts): string {
  return constraint === undefined ? '' : ` (${constraint})`
}

const OTHER: DatabaseErrorKind = {
  code: 'AMBIT_DATABASE_OTHER',
  Type: DatabaseError,
  what: ({ databaseCode: code }) => `The database refused a statement (${code ?? 'no code'}).`,
  next: 'See the cause for what the database said.',
}

const UNIQUE: DatabaseErrorKind = {
  code: 'AMBIT_DATABASE_UNIQUE',
  Type: UniqueViolationError,
  what: facts => `A unique constraint${by(facts)} refused a row: there is one with the same key.`,
  next: 'Look the row up first, or use upsert(); on PostgreSQL run what may fail with propagation NESTED.',
}

const FOREIGN_KEY: DatabaseErrorKind = {
  code: 'AMBIT_DATABASE_FOREIGN_KEY',
  Type: ForeignKeyViolationError,
  what: facts =>
    `A foreign key${by(facts)} refused the change: the row it points to, or that points here, is in the way.`,
  next: 'Save what is referred to first, and delete what refers first.',
}

const INTEGRITY: DatabaseErrorKind = {
  code: 'AMBIT_DATABASE_INTEGRITY',
  Type: IntegrityViolationError,
  what: facts => `A constraint or a column's type${by(facts)} refused a value.`,
  next: 'Check the values against the entity; the cause names the column.',
}

const SERIALIZATION: DatabaseErrorKind = {
  code: 'AMBIT_DATABASE_SERIALIZATION',
  Type: SerializationFailureError,
  what: () => 'The transaction could not be serialised with a concurrent one, and nothing of it is stored.',
  next: 'Repeat the whole transaction: @Transactional({ retry: 3 }) on the method that begins it.',
}

const DEADLOCK: DatabaseErrorKind = {
  code: 'AMBIT_DATABASE_DEADLOCK',
  Type: DeadlockError,
  what: () => 'The database broke a deadlock by rolling this transaction back.',
  next: 'Lock rows in one order everywhere, and repeat the transaction: @Transactional({ retry: 3 }).',
}

const LOCK: DatabaseErrorKind = {
  code: 'AMBIT_DATABASE_LOCK',
  Type: LockNotAvailableError,
  what: () => 'A lock was not available in time.',
  next: 'Try again, or wait longer for the lock.',
}

const TIMEOUT: DatabaseErrorKind = {
  code: 'AMBIT_DATABASE_TIMEOUT',
  Type: StatementTimeoutError,
  what: () => 'The database gave a statement up because it took too long, or was asked to.',
  next: 'Make the statement cheaper (an index?), or raise the timeout.',
}

const READ_ONLY: DatabaseErrorKind = {
  code: 'AMBIT_DATABASE_READ_ONLY',
  Type: ReadOnlyViolationError,
  what: () => 'A write was refused because its transaction is read-only.',
  next: 'Take readOnly off the method that begins the transaction, or write in one with REQUIRES_NEW.',
}

const SQL: DatabaseErrorKind = {
  code: 'AMBIT_DATABASE_SQL',
  Type: SqlError,
  what: ({ databaseCode: code }) => `The database does not understand the statement (${code ?? 'no code'}).`,
  next: 'Check table, column and function names against the schema; the cause says which.',
}

const ABORTED: DatabaseErrorKind = {
  code: 'AMBIT_DATABASE_ABORTED',
  Type: TransactionAbortedByDatabaseError,
  what: () => 'An earlier statement of the transaction failed, and the database refuses all that follow.',
  next: "Let the first error propagate, or run what may fail with propagation 'NESTED'.",
}

const PREPARED: DatabaseErrorKind = {
  code: 'AMBIT_DATABASE_OTHER',
  Type: DatabaseError,
  what: ({ databaseCode: code }) =>
    `The connection does not have the prepared statements that were made on it (${code ?? 'no code'}): a pooler gives each transaction another one, or something has dropped them.`,
  next: "Repeat the call; behind a pooler, set prepare: 'unnamed' on the data source.",
}

/** First match wins. SQLSTATE classes as PostgreSQL's appendix A lists them; SQLite's extended result codes. */
const KINDS: readonly (readonly [RegExp, DatabaseErrorKind])[] = [
  [/^(23505|SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY|ROWID))$/, UNIQUE],
  [/^(23503|23001|SQLITE_CONSTRAINT_FOREIGNKEY)$/, FOREIGN_KEY],
  [/^(22...|23...|44000|SQLITE_CONSTRAINT.*|SQLITE_MISMATCH|SQLITE_TOOBIG)$/, INTEGRITY],
  [/^(40001|SQLITE_BUSY_SNAPSHOT)$/, SERIALIZATION],
  [/^40P01$/, DEADLOCK],
  [/^(55P03|SQLITE_BUSY.*|SQLITE_LOCKED.*)$/, LOCK],
  [/^57014$/, TIMEOUT],
  [/^(25006|SQLITE_READONLY.*)$/, READ_ONLY],
  [/^25P02$/, ABORTED],
  [/^(26000|42P05)$/, PREPARED],
  [/^(42...|SQLITE_ERROR)$/, SQL],
]
