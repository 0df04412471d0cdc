// A test's work, rolled back
export { rollbackEach, type RollbackEachOptions, type TestHook } from './testing/rollback/rollback-each'
export type { TestTransaction } from './testing/rollback/test-transaction'
export { type RollbackOptions, withRollback } from './testing/rollback/with-rollback'
export type { ApplicationLike } from './testing/kit'
export { IllegalTestStateError, TestHookError } from './testing/errors'
