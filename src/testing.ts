// A test's work, rolled back
export type { ApplicationLike } from './testing/kit'
export { rollbackEach, type RollbackEachOptions, type TestHook } from './testing/rollback/rollback-each'
export type { TestTransaction } from './testing/rollback/test-transaction'
export { type RollbackOptions, withRollback } from './testing/rollback/with-rollback'

// What was sent, and what is left
export { checkLeaks, findLeaks } from './testing/leaks'
export { type RecordedStatement, recordStatements, type StatementRecording } from './testing/statement-recording'

// Transactions without a database
export { type Failure, FakeDatabaseError } from './testing/fake/fake-database'
export { type FakeApplication, fakeApplication, type FakeApplicationOptions } from './testing/fake/fake-application'
export { type FakeOptions, FakeResource, type Latch } from './testing/fake/fake-resource'
export type { RecordedBoundary, RecordedTransaction } from './testing/fake/transaction-record'

// Errors; they are in 'ambit/errors' too
export { type HookFailure, IllegalTestStateError, type Leak, LeakError, TestHookError } from './testing/errors'
