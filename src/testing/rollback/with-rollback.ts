import type { AfterCommitError } from '../../tx/errors'
import { ApplicationKit, type ApplicationLike } from '../kit'
import { TestRun } from './test-run'
import { TestTransaction } from './test-transaction'

/** How a test is rolled back. */
export interface RollbackOptions {
  /** Default: the ambient application, else the only one that runs. */
  readonly app?: ApplicationLike
  /**
   * Whether everything in the process belongs to the test, also what its async context does not reach: handlers behind a
   * socket, timers that run already. One such test at a time for each application. Default false.
   */
  readonly pinned?: boolean
  /** Is told failures of after-hooks; without it they fail the test. */
  readonly onHookError?: (error: AfterCommitError) => void
}

/**
 * Runs a test whose work on every data source is rolled back at its end, whatever happens.
 *
 * Inside it, what would begin a transaction sets a savepoint instead, and behaves in all else as ever: hooks, retry, deadlines
 * and rollback-only. A data source that the test does not use takes no connection. Use it around a test, or let
 * `rollbackEach()` do so; not for code that is itself about isolation between connections.
 *
 * @example
 * import { withRollback } from 'ambit/testing'
 * await withRollback(async () => {
 *   await app.get(UserService).register('alice')
 *   expect(await app.get(UserRepository).count()).toBe(1)
 * })
 * // BEGIN; SAVEPOINT …; INSERT …; RELEASE …; SAVEPOINT …; SELECT count(*) …; RELEASE …; ROLLBACK
 *
 * @throws what `fn` throws; IllegalTestStateError `AMBIT_TESTING_STATE` inside a transaction or another test; TestHookError
 * `AMBIT_TESTING_HOOKS` when after-hooks failed; TurnTimeoutError `AMBIT_TX_TURN_TIMEOUT` when the test left work behind that
 * does not end; NoApplicationError `AMBIT_APP_*`
 */
export function withRollback<T>(fn: (test: TestTransaction) => Promise<T> | T): Promise<T>
export function withRollback<T>(
  target: ApplicationLike | RollbackOptions,
  fn: (test: TestTransaction) => Promise<T> | T,
): Promise<T>
export async function withRollback<T>(
  ...args: [Body<T>] | [target: ApplicationLike | RollbackOptions, fn: Body<T>]
): Promise<T> {
  const [target, fn] = args.length === 1 ? [{}, args[0]] : args
  const options = 'run' in target ? { app: target } : target
  const kit = ApplicationKit.of(options.app)
  const { pinned = false, onHookError } = options
  const run = new TestRun(kit, { label: 'withRollback()', pinned, onHookError })
  let result: T
  try {
    result = await kit.run(run.root, async () =>
      fn(
        new TestTransaction(
          () => kit,
          () => run.root,
        ),
      ),
    )
  } catch (error) {
    // The test's own failure is the one to see; what fails behind it is in the log.
    await run.finish().catch(() => undefined)
    throw error
  }
  await run.finish()
  return result
}

type Body<T> = (test: TestTransaction) => Promise<T> | T
