import type { ApplicationKit } from '../kit'
import { IllegalTestStateError } from '../errors'
import type { TestRoot } from './test-root'

const WHERE = 'the test transaction'

/**
 * The test's own transaction, as the test sees it: one on each data source that it uses, ended together.
 *
 * Handed to the function of `withRollback()`, and answered by `rollbackEach()`. Use it to see what only a real end shows:
 * rows for other connections, deferred constraints, a second transaction behind the first.
 *
 * @example
 * import { withRollback } from 'ambit/testing'
 * await withRollback(async test => {
 *   await app.get(UserService).register('alice')
 *   expect(test.isFlaggedForRollback).toBe(true)
 * })
 */
export class TestTransaction {
  readonly #kit: () => ApplicationKit | undefined
  readonly #root: () => TestRoot | undefined

  /** @internal Use `withRollback()` or `rollbackEach()`. */
  constructor(kit: () => ApplicationKit | undefined, root: () => TestRoot | undefined) {
    this.#kit = kit
    this.#root = root
  }

  /** Whether the test's transaction is open: from the start of the test, until {@link end}. */
  get isActive(): boolean {
    return this.#root()?.state === 'active'
  }

  /**
   * Whether it will be rolled back at its end.
   *
   * @throws IllegalTestStateError `AMBIT_TESTING_STATE` where no test transaction is open
   */
  get isFlaggedForRollback(): boolean {
    return !this.#active('isFlaggedForRollback').commits
  }

  /**
   * Makes the end of the test's transaction a COMMIT.
   *
   * @throws IllegalTestStateError `AMBIT_TESTING_STATE` where no test transaction is open
   */
  flagForCommit(): void {
    this.#active('flagForCommit()').commits = true
  }

  /**
   * Makes the end of the test's transaction a ROLLBACK again.
   *
   * @throws IllegalTestStateError `AMBIT_TESTING_STATE` where no test transaction is open
   */
  flagForRollback(): void {
    this.#active('flagForRollback()').commits = false
  }

  /**
   * Ends the test's transaction now, by its flag. What the test does next is real, until {@link start}.
   *
   * @throws IllegalTestStateError `AMBIT_TESTING_STATE` where none is open, or inside a transactional method; what COMMIT throws
   */
  async end(): Promise<void> {
    const root = this.#active('end()')
    this.#refuseInside('end()')
    await root.end('idle')
  }

  /**
   * Starts a new one, which will be rolled back.
   *
   * @throws IllegalTestStateError `AMBIT_TESTING_STATE` where one is open, or inside a transactional method
   */
  start(): void {
    const root = this.#root()
    if (root === undefined || root.state === 'over') throw noTest('start()')
    this.#refuseInside('start()')
    if (root.state === 'active')
      throw new IllegalTestStateError(
        'start() was called while the test transaction is open.',
        WHERE,
        'End it first: await test.end().',
      )
    root.start()
  }

  #active(what: string): TestRoot {
    const root = this.#root()
    if (root === undefined || root.state === 'over') throw noTest(what)
    if (root.state === 'active') return root
    throw new IllegalTestStateError(
      `${what} was used after the test transaction had been ended.`,
      WHERE,
      'Start another one first: test.start().',
    )
  }

  #refuseInside(what: string): void {
    for (const manager of this.#kit()?.managers.values() ?? []) {
      const { current } = manager
      if (current?.state !== 'active') continue
      throw new IllegalTestStateError(
        `${what} was called inside the transaction of ${current.label}.`,
        WHERE,
        'Call it from the test itself.',
      )
    }
  }
}

function noTest(what: string): IllegalTestStateError {
  return new IllegalTestStateError(
    `${what} was used where no test transaction is.`,
    WHERE,
    'Use it inside withRollback(…), or in a test of a file that called rollbackEach(…).',
  )
}
