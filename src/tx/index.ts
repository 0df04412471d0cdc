export type { ExecutionEvent, ExecutionListener, BoundaryDecision } from './execution-listener'
export {
  afterCommit,
  afterCompletion,
  afterRollback,
  beforeCommit,
  currentTransaction,
  detached,
  transactional,
} from './functions'
export type { DataSourceOption, HookOptions } from './hook-options'
export type { HookFunction, HookPhase, TransactionOutcome } from './hooks'
export { ISOLATION_LEVELS, type IsolationLevel } from './isolation'
export type { TransactionalOptions } from './options'
export { type Propagation, PROPAGATIONS } from './propagation'
export { printTrace } from './tracing/print-trace'
export type { TraceOptions } from './tracing/traces'
export type { TraceError, TraceStep, TransactionTrace } from './tracing/transaction-trace'
export { NotTransactional, Transactional, type TransactionalDecorator } from './transactional.decorator'
export type { TransactionStatus } from './transaction-status'
