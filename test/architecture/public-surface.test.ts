import { exportedNames } from './exported-names'
import { readTree } from './source-graph'

// What is listed here is a promise: a name that goes, or changes its kind, is a breaking change and a line in CHANGELOG.md.
// After a deliberate change: npm test -- test/architecture/public-surface -u

describe('the public surface', () => {
  const sources = readTree('src')
  const names = (file: string): string[] => exportedNames(file, textOf(file))

  function textOf(file: string): string {
    const text = sources[file]
    if (text === undefined) throw new Error(`src/${file} is missing`)
    return text
  }

  it('of ambit is this', () => {
    expect(names('index.ts')).toMatchInlineSnapshot(`
      [
        "AmbitError",
        "Application",
        "Bean",
        "type BeanOptions",
        "type BootstrapOptions",
        "type BoundaryDecision",
        "Component",
        "type ComponentOptions",
        "type ComponentPostProcessor",
        "Configuration",
        "Container",
        "type ContainerOptions",
        "CrudRepository",
        "type DataSourceOption",
        "type DataSourceSettings",
        "type DatabaseInitializer",
        "type EntityTarget",
        "EventListener",
        "type EventListenerDecorator",
        "type EventListenerOptions",
        "EventPublisher",
        "type ExecutionEvent",
        "type ExecutionListener",
        "type HookFunction",
        "type HookOptions",
        "type HookPhase",
        "ISOLATION_LEVELS",
        "Inject",
        "InjectRepository",
        "InjectionToken",
        "type IsolationLevel",
        "type Lazy",
        "type Logger",
        "NotTransactional",
        "Optional",
        "type Override",
        "PROPAGATIONS",
        "Page",
        "PageRequest",
        "PostConstruct",
        "PreDestroy",
        "Primary",
        "type Propagation",
        "type PropertyPath",
        "type Provider",
        "Query",
        "type QueryDecorator",
        "type QueryOptions",
        "type QueryResultKind",
        "type Registration",
        "Repository",
        "type RepositoryOptions",
        "type ScanOptions",
        "type ScanReport",
        "type SchemaMode",
        "Service",
        "Slice",
        "Sort",
        "type SqlQueryOptions",
        "type Token",
        "type TraceError",
        "type TraceOptions",
        "type TraceStep",
        "type TransactionOutcome",
        "type TransactionStatus",
        "type TransactionTrace",
        "Transactional",
        "type TransactionalDecorator",
        "TransactionalEventListener",
        "type TransactionalEventListenerDecorator",
        "type TransactionalEventListenerOptions",
        "type TransactionalOptions",
        "afterCommit",
        "afterCompletion",
        "afterRollback",
        "beforeCommit",
        "bootstrap",
        "currentTransaction",
        "dataSourceToken",
        "declared",
        "detached",
        "entityManager",
        "isAmbitError",
        "lazy",
        "printTrace",
        "provide",
        "publish",
        "repositoryToken",
        "scanComponents",
        "transactional",
      ]
    `)
  })

  it('of ambit/errors is this', () => {
    expect(names('errors.ts')).toMatchInlineSnapshot(`
      [
        "AfterCommitError",
        "AmbiguousComponentError",
        "AmbitError",
        "ApplicationCloseError",
        "type CatalogueEntry",
        "CommitOutcomeUnknownError",
        "ComponentCreationError",
        "ComponentDisposalError",
        "ComponentNotFoundError",
        "ComponentScanError",
        "ConnectionLostError",
        "ContainerStateError",
        "ContainerValidationError",
        "DataSourceUnreachableError",
        "DatabaseError",
        "DeadlockError",
        "DerivedNameError",
        "ERROR_CATALOGUE",
        "EmptyResultError",
        "EmptyUpdateError",
        "EntityNotFoundError",
        "type ErrorCode",
        "EventPublicationError",
        "ExplicitTransactionError",
        "ForeignKeyViolationError",
        "IllegalTransactionStateError",
        "IncompatibleTransactionError",
        "IncorrectResultSizeError",
        "InitializerError",
        "IntegrityViolationError",
        "InvalidBootstrapOptionsError",
        "InvalidComponentError",
        "InvalidDataSourceSettingsError",
        "InvalidEventListenerError",
        "InvalidIdError",
        "InvalidPageError",
        "InvalidProviderError",
        "InvalidQueryNodeError",
        "InvalidRepositoryError",
        "InvalidSortError",
        "InvalidTransactionOptionsError",
        "InvalidTransactionalMethodError",
        "LockNotAvailableError",
        "MigrationSetupError",
        "NoApplicationError",
        "NoTransactionError",
        "PoolStarvationError",
        "QueryDeclarationError",
        "QueryParameterError",
        "QuerySyntaxError",
        "QueryValidationError",
        "RawQueryError",
        "ReadOnlyViolationError",
        "SchemaMismatchError",
        "SecondCopyError",
        "SerializationFailureError",
        "SqlError",
        "SqliteClosedError",
        "SqliteConnectionBusyError",
        "SqliteControlStatementError",
        "SqliteFileLockedError",
        "SqliteSecondWriterError",
        "SqliteSerializationError",
        "SqliteSetupError",
        "SqliteSeveralStatementsError",
        "SqliteTransactionLostError",
        "SqliteWriterStuckError",
        "StartUpError",
        "StatementTimeoutError",
        "TransactionAbortedByDatabaseError",
        "TransactionAbortedError",
        "TransactionEndedError",
        "TransactionHookError",
        "TransactionTimedOutError",
        "TurnTimeoutError",
        "UnexpectedRollbackError",
        "UniqueViolationError",
        "UnknownDataSourceError",
        "UnknownPropertyError",
        "isAmbitError",
      ]
    `)
  })

  it('is a list of names: no star, no default', () => {
    const files = Object.keys(sources).filter(file => !file.includes('/'))
    expect(files.filter(file => names(file).some(name => /^\*|^default$|^\?$/.test(name)))).toEqual([])
  })

  it('names nothing twice', () => {
    const all = names('index.ts').map(name => name.replace(/^type /, ''))
    expect(all).toEqual([...new Set(all)])
  })
})

describe('the list of exported names', () => {
  it('has values, types, classes, functions and constants, by name', () => {
    const text = `
      export { b, type C } from './x'
      export type { D } from './x'
      export const a = 1, e = 2
      export class G {}
      export function f(): void {}
      export interface H {}
      export type I = string
      const hidden = 1
      function alsoHidden() {}`
    expect(exportedNames('x.ts', text)).toEqual(['type C', 'type D', 'G', 'type H', 'type I', 'a', 'b', 'e', 'f'])
  })

  it('shows star exports, namespaces and defaults, which the surface must not have', () => {
    const text = `export * from './x'\nexport * as y from './y'\nexport default class {}`
    expect(exportedNames('x.ts', text)).toEqual(['*', '* as y', 'default'])
  })
})
