// Starting and closing
export { Application, bootstrap, type BootstrapOptions, type DatabaseInitializer, dataSourceToken } from './application'

// Container
export {
  Bean,
  type BeanOptions,
  Component,
  type ComponentOptions,
  type ComponentPostProcessor,
  Configuration,
  Container,
  type ContainerOptions,
  Inject,
  InjectionToken,
  type Lazy,
  lazy,
  Optional,
  type Override,
  PostConstruct,
  PreDestroy,
  Primary,
  provide,
  type Provider,
  type Registration,
  scanComponents,
  type ScanOptions,
  type ScanReport,
  Service,
  type Token,
} from './di'

// Transactions
export {
  afterCommit,
  afterCompletion,
  afterRollback,
  beforeCommit,
  type BoundaryDecision,
  currentTransaction,
  type DataSourceOption,
  detached,
  type ExecutionEvent,
  type ExecutionListener,
  type HookFunction,
  type HookOptions,
  type HookPhase,
  ISOLATION_LEVELS,
  type IsolationLevel,
  NotTransactional,
  printTrace,
  type Propagation,
  PROPAGATIONS,
  type TraceError,
  type TraceOptions,
  type TraceStep,
  Transactional,
  transactional,
  type TransactionalDecorator,
  type TransactionalOptions,
  type TransactionOutcome,
  type TransactionStatus,
  type TransactionTrace,
} from './tx'

// Events
export {
  EventListener,
  type EventListenerDecorator,
  type EventListenerOptions,
  EventPublisher,
  publish,
  TransactionalEventListener,
  type TransactionalEventListenerDecorator,
  type TransactionalEventListenerOptions,
} from './events'

// Data sources
export { type DataSourceSettings, entityManager, type EntityTarget, type SchemaMode } from './data-source'

// Repositories and queries
export {
  declared,
  Page,
  PageRequest,
  type PropertyPath,
  Query,
  type QueryDecorator,
  type QueryOptions,
  type QueryResultKind,
  Slice,
  Sort,
  type SqlQueryOptions,
} from './query'
export { CrudRepository, InjectRepository, Repository, type RepositoryOptions, repositoryToken } from './repository'

// Logging, and the base of all errors; the error classes are in 'ambit/errors'
export { AmbitError, isAmbitError } from './core/ambit-error'
export type { Logger } from './core/logger'
