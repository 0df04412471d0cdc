import type { AfterCommitError } from '../../tx/errors'
import { IllegalTestStateError } from '../errors'
import { ApplicationKit, type ApplicationLike } from '../kit'
import { TestRun } from './test-run'
import { TestTransaction } from './test-transaction'

/** A test framework's way to run something before, or after, each test: jest's, vitest's and node:test's alike. */
export type TestHook = (fn: () => Promise<void>) => unknown

/** Which tests are rolled back, and by whose hooks. */
export interface RollbackEachOptions {
  /** The application, or where to find it when a test begins. Default: the only one that runs. */
  readonly app?: ApplicationLike | (() => ApplicationLike)
  /** Default: the global `beforeEach`. */
  readonly beforeEach?: TestHook
  /** Default: the global `afterEach`. */
  readonly afterEach?: TestHook
  /** Is told failures of after-hooks; without it they fail the test. */
  readonly onHookError?: (error: AfterCommitError) => void
}

/**
 * Rolls back each test of the file, or of the `describe`, in which it is called. Answers the control of the running test's
 * transaction.
 *
 * Test frameworks do not hand the async context of a hook to the test, so the test's transaction is pinned: everything in the
 * process that uses the application belongs to it. For tests that run at the same time use `withRollback()` in each.
 *
 * @example
 * import { afterEach, beforeEach, it } from 'node:test'
 * import { rollbackEach } from 'ambit/testing'
 * const test = rollbackEach({ app: () => app, beforeEach, afterEach })
 * it('registers', async () => { await app.get(UserService).register('alice') })
 *
 * @throws IllegalTestStateError `AMBIT_TESTING_STATE` where the framework has no such globals and none are given
 */
export function rollbackEach(options: RollbackEachOptions = {}): TestTransaction {
  const hooks = globalThis as { readonly beforeEach?: TestHook; readonly afterEach?: TestHook }
  const { beforeEach = hooks.beforeEach, afterEach = hooks.afterEach, onHookError } = options
  if (typeof beforeEach !== 'function' || typeof afterEach !== 'function') throw noHooks()
  let running: { readonly run: TestRun; readonly kit: ApplicationKit } | undefined
  beforeEach(async () => {
    const app = typeof options.app === 'function' ? options.app() : options.app
    const kit = ApplicationKit.of(app)
    running = { kit, run: new TestRun(kit, { label: 'rollbackEach()', pinned: true, onHookError }) }
    await Promise.resolve()
  })
  afterEach(async () => {
    const { run } = running ?? {}
    running = undefined
    await run?.finish()
  })
  return new TestTransaction(
    () => running?.kit,
    () => running?.run.root,
  )
}

function noHooks(): IllegalTestStateError {
  return new IllegalTestStateError(
    'rollbackEach() finds no beforeEach() and afterEach().',
    'rollbackEach()',
    "Hand it those of your test framework: import { afterEach, beforeEach } from 'node:test', or from 'vitest'.",
  )
}
