import { AmbitError, type CatalogueEntry } from '../core/ambit-error'

/** Errors of the testing kit. */
export const TESTING_ERRORS = {
  AMBIT_TESTING_STATE: {
    thrownAs: 'IllegalTestStateError',
    meaning: 'A test transaction was started, ended or flagged at a moment when that means nothing.',
  },
  AMBIT_TESTING_HOOKS: {
    thrownAs: 'TestHookError',
    meaning: 'A test succeeded, but hooks that ran after the end of its transactions failed.',
  },
  AMBIT_TESTING_LEAK: {
    thrownAs: 'LeakError',
    meaning: 'Something of an application is still open: a transaction, a connection, a wait or a frame.',
  },
} as const satisfies Record<`AMBIT_TESTING_${string}`, CatalogueEntry>

export type TestingErrorCode = keyof typeof TESTING_ERRORS

/**
 * The testing kit was asked for something that is not possible now. Nothing was done.
 *
 * @example
 * import { bootstrap } from 'ambit'
 * import { IllegalTestStateError, withRollback } from 'ambit/testing'
 *
 * await using app = await bootstrap({ database: { url: 'sqlite::memory:' } })
 * await withRollback(app, async test => {
 *   try {
 *     test.start()
 *   } catch (error) {
 *     console.log(error instanceof IllegalTestStateError && error.code) // => AMBIT_TESTING_STATE
 *   }
 * })
 */
export class IllegalTestStateError extends AmbitError<TestingErrorCode> {
  constructor(what: string, where: string, next: string) {
    super('AMBIT_TESTING_STATE', { what, where, next })
  }
}

/** A failure of an after-hook: an `AfterCommitError`. */
export interface HookFailure extends Error {
  readonly method: string
  readonly phase: string
}

/**
 * After-hooks of a test's transactions failed. In production they go to the error listener only, so a test would not
 * notice.
 *
 * @example
 * import { afterCommit, bootstrap, transactional } from 'ambit'
 * import { TestHookError, withRollback } from 'ambit/testing'
 *
 * await using app = await bootstrap({ database: { url: 'sqlite::memory:' } })
 * const failing = withRollback(app, () =>
 *   transactional({ label: 'Shop.order' }, async () => afterCommit(() => { throw new Error('no mail') })))
 * const error: unknown = await failing.catch((reason: unknown) => reason)
 * console.log(error instanceof TestHookError && error.failures[0]?.method) // => Shop.order
 */
export class TestHookError extends AmbitError<TestingErrorCode> {
  constructor(
    where: string,
    readonly failures: readonly HookFailure[],
  ) {
    const [first] = failures
    super(
      'AMBIT_TESTING_HOOKS',
      {
        what: `${failures.length === 1 ? 'A hook' : `${failures.length} hooks`} failed after the end of a transaction; the first was an ${first?.phase} hook of ${first?.method}.`,
        where,
        next: 'Correct the hook, or give onHookError if its failure is what the test is about.',
      },
      { cause: first?.cause },
    )
  }
}

/** What an application holds that it should have given back by now. */
export interface Leak {
  readonly dataSource: string
  readonly kind: 'transaction' | 'connection' | 'waiting' | 'frame'
  /** The method that holds it, or waits for it, where it is known. */
  readonly who: string
}

/**
 * Something of an application is still open: `leaks` says what, and who holds it.
 *
 * @example
 * import { bootstrap, transactional } from 'ambit'
 * import { checkLeaks, LeakError } from 'ambit/testing'
 *
 * await using app = await bootstrap({ database: { url: 'sqlite::memory:' } })
 * await transactional({ label: 'Shop.order' }, async () => {
 *   try {
 *     checkLeaks(app)
 *   } catch (error) {
 *     console.log(error instanceof LeakError && error.leaks.map(({ kind }) => kind)) // => [ 'transaction', 'frame' ]
 *   }
 * })
 */
export class LeakError extends AmbitError<TestingErrorCode> {
  constructor(
    application: string,
    readonly leaks: readonly Leak[],
  ) {
    super('AMBIT_TESTING_LEAK', {
      what: `The application '${application}' still holds: ${leaks.map(described).join('; ')}.`,
      where: 'checkLeaks()',
      next: 'Await every promise before the test ends, release query runners that you made, and end streams that you opened.',
    })
  }
}

function described({ dataSource, kind, who }: Leak): string {
  return `${KINDS[kind]} on '${dataSource}' (${who})`
}

const KINDS = {
  transaction: 'an open transaction',
  connection: 'a connection',
  waiting: 'a wait for a connection',
  frame: 'the frame of a transaction',
} as const satisfies Record<Leak['kind'], string>
