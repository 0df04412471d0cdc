import { AmbitError, type CatalogueEntry, type ErrorText } from '../core/ambit-error'
import type { TransactionOutcome } from './hooks'

/** Errors of transactions. */
export const TX_ERRORS = {
  AMBIT_TX_INVALID_OPTIONS: {
    thrownAs: 'InvalidTransactionOptionsError',
    meaning: 'An option of a transaction is unknown, of the wrong type or out of range.',
  },
  AMBIT_TX_INVALID_METHOD: {
    thrownAs: 'InvalidTransactionalMethodError',
    meaning: 'A decorated member cannot be transactional: it is no method, is not asynchronous, or is declared twice.',
  },
  AMBIT_TX_UNKNOWN_DATA_SOURCE: {
    thrownAs: 'UnknownDataSourceError',
    meaning: 'A transaction names a data source that the application does not have.',
  },
  AMBIT_TX_MANDATORY: {
    thrownAs: 'IllegalTransactionStateError',
    meaning: 'A MANDATORY method was called with no transaction active.',
  },
  AMBIT_TX_NEVER: {
    thrownAs: 'IllegalTransactionStateError',
    meaning: 'A NEVER method was called inside a transaction.',
  },
  AMBIT_TX_DOOMED: {
    thrownAs: 'IllegalTransactionStateError',
    meaning: 'A NESTED method was called in a transaction that can only roll back.',
  },
  AMBIT_TX_NONE: {
    thrownAs: 'NoTransactionError',
    meaning: 'A hook, or a call that needs a transaction, was used where none is active.',
  },
  AMBIT_TX_INCOMPATIBLE: {
    thrownAs: 'IncompatibleTransactionError',
    meaning:
      'A method asks for more than the transaction it would join offers (isolation, or writing inside read-only).',
  },
  AMBIT_TX_UNSUPPORTED_ISOLATION: {
    thrownAs: 'IncompatibleTransactionError',
    meaning: 'The data source does not offer the isolation level.',
  },
  AMBIT_TX_CROSS_WRITES: {
    thrownAs: 'IncompatibleTransactionError',
    meaning: 'One piece of work writes to two data sources, whose transactions never commit as one.',
  },
  AMBIT_TX_UNEXPECTED_ROLLBACK: {
    thrownAs: 'UnexpectedRollbackError',
    meaning:
      'A method wanted to commit, but its transaction was rolled back: a participant failed, or the database said so.',
  },
  AMBIT_TX_COMMIT_UNKNOWN: {
    thrownAs: 'CommitOutcomeUnknownError',
    meaning:
      'The connection was lost while COMMIT, or a write outside transactions, was under way: the work may or may not be stored.',
  },
  AMBIT_TX_ENDED: {
    thrownAs: 'TransactionEndedError',
    meaning: 'Work ran in a transaction that had already ended, usually through a promise that nobody awaited.',
  },
  AMBIT_TX_FORCED_CLOSE: {
    thrownAs: 'ForcedCloseError',
    meaning: 'The application was closed while a method was running; its transaction was rolled back at the deadline.',
  },
  AMBIT_TX_TURN_TIMEOUT: {
    thrownAs: 'TurnTimeoutError',
    meaning: "A statement waited too long for another branch of its transaction to give the connection's turn back.",
  },
  AMBIT_TX_TIMED_OUT: {
    thrownAs: 'TransactionTimedOutError',
    meaning: "A transaction's deadline (timeoutMs) passed.",
  },
  AMBIT_TX_ABORTED: {
    thrownAs: 'TransactionAbortedError',
    meaning: "A transaction's signal was aborted.",
  },
  AMBIT_TX_HOOKS: {
    thrownAs: 'TransactionHookError',
    meaning: 'A transaction hook took too long, or hooks kept registering further hooks.',
  },
  AMBIT_TX_AFTER_COMMIT: {
    thrownAs: 'AfterCommitError',
    meaning: 'A hook failed after the outcome was settled; reported to the error listener, never thrown at the caller.',
  },
} as const satisfies Record<`AMBIT_TX_${string}`, CatalogueEntry>

export type TxErrorCode = keyof typeof TX_ERRORS

abstract class TxError extends AmbitError<TxErrorCode> {}

/** An option of a transaction is wrong. */
export class InvalidTransactionOptionsError extends TxError {}

/** A member cannot be transactional. */
export class InvalidTransactionalMethodError extends TxError {}

/** No data source of that name. */
export class UnknownDataSourceError extends TxError {}

/** The propagation mode forbids the call in the present state. The outer transaction is not affected. */
export class IllegalTransactionStateError extends TxError {}

/** Something needs an active transaction and there is none. */
export class NoTransactionError extends TxError {}

/** A method's options cannot be honoured in the transaction it would join. Its body did not run; the outer goes on. */
export class IncompatibleTransactionError extends TxError {}

/** The caller expected a commit; everything was rolled back. `cause` is the first failure, `doomedBy` names its method. */
export class UnexpectedRollbackError extends TxError {
  constructor(
    text: ErrorText,
    readonly doomedBy: string,
    cause: unknown,
  ) {
    super('AMBIT_TX_UNEXPECTED_ROLLBACK', text, { cause })
  }
}

/** Nobody can say whether the work was stored. Never retried by itself: check before you repeat. */
export class CommitOutcomeUnknownError extends TxError {
  constructor(text: ErrorText, cause: unknown) {
    super('AMBIT_TX_COMMIT_UNKNOWN', text, { cause })
  }
}

/** Late work was refused. Nothing was sent to the database. */
export class TransactionEndedError extends TxError {
  constructor(readonly method: string) {
    super('AMBIT_TX_ENDED', {
      what: `The transaction of ${method} has ended, but work that started in it is still going on.`,
      where: method,
      next: 'Await every promise before the method returns, or start work that should outlive it with detached(() => …).',
    })
  }
}

/** `app.close()` waited until its deadline; then the transaction of `method` was rolled back. */
export class ForcedCloseError extends TxError {
  constructor(
    readonly method: string,
    readonly closeTimeoutMs: number,
  ) {
    super('AMBIT_TX_FORCED_CLOSE', {
      what: `The application was closed while ${method} was still running: after ${closeTimeoutMs} ms its transaction was rolled back.`,
      where: method,
      next: 'Nothing of it is stored; repeat the call elsewhere. Stop taking work before app.close(), or raise closeTimeoutMs.',
    })
  }
}

/** Who waited for a transaction's connection, and for whom. Statements are shortened, and without values. */
export interface TurnFacts {
  readonly waiter: string
  /** The statement that the waiter wanted to send; `undefined` for a NESTED block. */
  readonly wanted: string | undefined
  readonly holder: string
  /** The statement, command or hook that the holder waits for; `undefined` where it sends nothing. */
  readonly runs: string | undefined
  readonly waitedMs: number
}

/** Waiting for the turn took longer than `waitTimeoutMs`. */
export class TurnTimeoutError extends TxError implements TurnFacts {
  readonly waiter: string
  readonly wanted: string | undefined
  readonly holder: string
  readonly runs: string | undefined
  readonly waitedMs: number

  constructor({ waiter, wanted, holder, runs, waitedMs }: TurnFacts) {
    const running = runs === undefined ? 'running nothing' : `running '${runs}'`
    const purpose = wanted === undefined ? '' : ` It wanted to run '${wanted}'.`
    super('AMBIT_TX_TURN_TIMEOUT', {
      what: `${waiter} waited ${waitedMs} ms for its turn on the transaction's connection, which ${holder} holds, ${running}.${purpose}`,
      where: waiter,
      next: NEXT_TURN[runs === undefined ? 'idle' : 'busy'],
    })
    this.waiter = waiter
    this.wanted = wanted
    this.holder = holder
    this.runs = runs
    this.waitedMs = waitedMs
  }
}

const NEXT_TURN = {
  idle: 'Look for a NESTED block that awaits a promise of a sibling, or raise waitTimeoutMs if the holder is just slow.',
  busy: 'Look what keeps the statement that runs (a lock?), or raise waitTimeoutMs if it is just slow.',
} as const

/** The deadline passed; the transaction is rolled back. */
export class TransactionTimedOutError extends TxError {
  constructor(
    readonly method: string,
    readonly timeoutMs: number,
    cause?: unknown,
  ) {
    super(
      'AMBIT_TX_TIMED_OUT',
      {
        what: `The transaction of ${method} exceeded its ${timeoutMs} ms.`,
        where: method,
        next: 'Move slow work out of the transaction, or raise timeoutMs.',
      },
      { cause },
    )
  }
}

/** The caller's signal was aborted; the transaction is rolled back. `cause` is the signal's reason. */
export class TransactionAbortedError extends TxError {
  constructor(method: string, reason: unknown) {
    super(
      'AMBIT_TX_ABORTED',
      {
        what: `The transaction of ${method} was aborted by its signal.`,
        where: method,
        next: 'Nothing was stored; repeat the call if the work is still wanted.',
      },
      { cause: reason },
    )
  }
}

/** A hook took too long or never stopped registering others. */
export class TransactionHookError extends TxError {}

/** A hook, or ROLLBACK itself, failed after the outcome was settled. `committed` tells whether the work is stored. */
export class AfterCommitError extends TxError {
  readonly committed: boolean

  constructor(
    readonly method: string,
    readonly phase: string,
    readonly outcome: TransactionOutcome,
    cause: unknown,
  ) {
    const failed = FAILED[phase] ?? `An ${phase} hook`
    super(
      'AMBIT_TX_AFTER_COMMIT',
      {
        what: `${failed} of ${method} failed; ${SETTLED[outcome]}.`,
        where: method,
        next: 'Repeat or compensate what the hook should have done; what the transaction did stays as it is.',
      },
      { cause },
    )
    this.committed = outcome === 'committed'
  }
}

/** `COMMIT` travelled with the only statement, whose answer could then not be read. */
const FAILED: Readonly<Record<string, string>> = { ROLLBACK: 'The ROLLBACK', COMMIT: 'What followed the COMMIT' }

const SETTLED = {
  committed: 'the transaction itself was committed',
  'rolled-back': 'the transaction itself was rolled back',
  unknown: 'the outcome of the transaction itself is unknown',
} as const satisfies Record<TransactionOutcome, string>
