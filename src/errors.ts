import { APPLICATION_ERRORS } from './application/errors'
import type { CatalogueEntry } from './core/ambit-error'
import { CONFIG_ERRORS } from './config/errors'
import { CORE_ERRORS } from './core/applications'
import { DATA_SOURCE_ERRORS } from './data-source/errors'
import { DI_ERRORS } from './di/errors'
import { SQLITE_ERRORS } from './data-source/sqlite/errors'
import { EVENT_ERRORS } from './events/errors'
import { INTERCEPTION_ERRORS } from './interception/errors'
import { QUERY_ERRORS } from './query/errors'
import { REPOSITORY_ERRORS } from './repository/errors'
import { TESTING_ERRORS } from './testing/errors'
import { TX_ERRORS } from './tx/errors'

export {
  ApplicationCloseError,
  HealthCheckTimeoutError,
  InitializerError,
  InvalidBootstrapOptionsError,
  InvalidHealthCheckError,
  InvalidIntrospectionOptionsError,
  InvalidPluginError,
  PluginHookError,
  StartUpError,
} from './application/errors'
export { AmbitError, type CatalogueEntry, isAmbitError } from './core/ambit-error'
export {
  ConfigurationListenerError,
  InvalidConfigurationError,
  InvalidSettingsError,
  SettingsNotBoundError,
} from './config/errors'
export { NoApplicationError } from './core/applications'
export { SecondCopyError } from './core/copies'
export {
  asDatabaseError,
  DatabaseError,
  DeadlockError,
  ForeignKeyViolationError,
  IntegrityViolationError,
  LockNotAvailableError,
  ReadOnlyViolationError,
  SerializationFailureError,
  SqlError,
  StatementTimeoutError,
  TransactionAbortedByDatabaseError,
  UniqueViolationError,
} from './data-source/database-error'
export {
  ConnectionLostError,
  DataSourceUnreachableError,
  ExplicitTransactionError,
  InvalidDataSourceSettingsError,
  MigrationSetupError,
  PoolStarvationError,
  RawQueryError,
  SchemaMismatchError,
} from './data-source/errors'
export {
  SqliteClosedError,
  SqliteConnectionBusyError,
  SqliteControlStatementError,
  SqliteFileLockedError,
  SqliteSecondWriterError,
  SqliteSerializationError,
  SqliteSetupError,
  SqliteSeveralStatementsError,
  SqliteTransactionLostError,
  SqliteWriterStuckError,
} from './data-source/sqlite/errors'
export {
  AmbiguousComponentError,
  ComponentCreationError,
  ComponentDisposalError,
  ComponentNotFoundError,
  ComponentScanError,
  ContainerStateError,
  ContainerValidationError,
  DisposalTimeoutError,
  InvalidComponentError,
  InvalidProviderError,
} from './di/errors'
export { EventDeliveryError, EventPublicationError, InvalidEventListenerError } from './events/errors'
export { InvalidInterceptionError } from './interception/errors'
export {
  CursorKeyError,
  DerivedNameError,
  EmptyResultError,
  IncorrectResultSizeError,
  InvalidCursorError,
  InvalidPageError,
  InvalidQueryNodeError,
  InvalidSortError,
  PropertyNotAllowedError,
  InvalidSqlError,
  LockScopeError,
  QueryDeclarationError,
  QueryInputError,
  QueryParameterError,
  QuerySyntaxError,
  QueryValidationError,
  QueryValueError,
  RowsLostError,
  UnknownPropertyError,
} from './query/errors'
export {
  DomainEventError,
  EmptyUpdateError,
  EntityNotFoundError,
  InvalidChangesError,
  InvalidEntityError,
  InvalidIdError,
  InvalidRepositoryError,
  InvalidSpecificationError,
  UnrestrictedWriteError,
  InvalidUpsertError,
  OptimisticLockError,
} from './repository/errors'
export { IllegalTestStateError, LeakError, TestHookError } from './testing/errors'
export {
  AfterCommitError,
  CommitOutcomeUnknownError,
  ForcedCloseError,
  IllegalTransactionStateError,
  IncompatibleTransactionError,
  InvalidTransactionalMethodError,
  InvalidTransactionOptionsError,
  NoTransactionError,
  TransactionAbortedError,
  TransactionEndedError,
  TransactionHookError,
  TransactionTimedOutError,
  TurnTimeoutError,
  UnexpectedRollbackError,
  UnknownDataSourceError,
} from './tx/errors'

/**
 * Every error code of the package, with the class that carries it and when it appears; `docs/reference/errors.md` adds the
 * next step for each.
 *
 * @example
 * import { ERROR_CATALOGUE, type ErrorCode, isAmbitError } from 'ambit/errors'
 * if (isAmbitError(error)) log.warn(error.code, ERROR_CATALOGUE[error.code as ErrorCode].meaning)
 */
export const ERROR_CATALOGUE = Object.freeze({
  ...CORE_ERRORS,
  ...DI_ERRORS,
  ...CONFIG_ERRORS,
  ...INTERCEPTION_ERRORS,
  ...TX_ERRORS,
  ...EVENT_ERRORS,
  ...DATA_SOURCE_ERRORS,
  ...SQLITE_ERRORS,
  ...QUERY_ERRORS,
  ...REPOSITORY_ERRORS,
  ...APPLICATION_ERRORS,
  ...TESTING_ERRORS,
} as const) satisfies Readonly<Record<string, CatalogueEntry>>

/** The codes an error of the package can have. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE
