import { AmbitError, type CatalogueEntry, type ErrorText } from '../../core/ambit-error'

/** Errors of SQLite data sources. */
export const SQLITE_ERRORS = {
  AMBIT_SQLITE_WRITER_BUSY: {
    thrownAs: 'SqliteConnectionBusyError',
    meaning: 'The wait for the one writer of a SQLite database took longer than waitTimeoutMs.',
  },
  AMBIT_SQLITE_READERS_BUSY: {
    thrownAs: 'SqliteConnectionBusyError',
    meaning: 'The wait for a reader connection of a SQLite file took longer than waitTimeoutMs.',
  },
  AMBIT_SQLITE_FILE_LOCKED: {
    thrownAs: 'SqliteFileLockedError',
    meaning: 'Another process, or a connection of your own, kept the SQLite file locked for longer than waitTimeoutMs.',
  },
  AMBIT_SQLITE_NEW_AFTER_WRITE: {
    thrownAs: 'SqliteSecondWriterError',
    meaning: 'REQUIRES_NEW was called although the transaction around it has written: SQLite has one writer.',
  },
  AMBIT_SQLITE_NEW_ISOLATED: {
    thrownAs: 'SqliteSecondWriterError',
    meaning: 'REQUIRES_NEW would write while a transaction that asked for its isolation in words lends its connection.',
  },
  AMBIT_SQLITE_OUTSIDE_AFTER_WRITE: {
    thrownAs: 'SqliteSecondWriterError',
    meaning:
      'A statement under NOT_SUPPORTED needs the writer that the suspended transaction, which has written, holds.',
  },
  AMBIT_SQLITE_TRANSACTION_LOST: {
    thrownAs: 'SqliteTransactionLostError',
    meaning:
      'SQLite ended the transaction by itself (OR ROLLBACK, RAISE(ROLLBACK), a full disk); nothing of it is stored.',
  },
  AMBIT_SQLITE_FOREIGN_COMMIT: {
    thrownAs: 'SqliteSerializationError',
    meaning: 'Another process committed while a transaction had lent its connection; repeating it may succeed.',
  },
  AMBIT_SQLITE_CONTROL_STATEMENT: {
    thrownAs: 'SqliteControlStatementError',
    meaning:
      'BEGIN, COMMIT, ROLLBACK, a savepoint or a connection setting was sent as text where it would hit strangers.',
  },
  AMBIT_SQLITE_SEVERAL_STATEMENTS: {
    thrownAs: 'SqliteSeveralStatementsError',
    meaning: 'A text holds several statements, of which sqlite3 would run the first and forget the others.',
  },
  AMBIT_SQLITE_FILE_URI: {
    thrownAs: 'SqliteSetupError',
    meaning: 'The database of a SQLite data source is a file: URI, which the driver would take for a file name.',
  },
  AMBIT_SQLITE_SHARED_FILE: {
    thrownAs: 'SqliteSetupError',
    meaning: 'Two data sources of one application use the same SQLite file.',
  },
  AMBIT_SQLITE_OPEN_TRANSACTION: {
    thrownAs: 'SqliteSetupError',
    meaning: 'A data source was handed over while a transaction was open on it.',
  },
  AMBIT_SQLITE_WRITER_STUCK: {
    thrownAs: 'SqliteWriterStuckError',
    meaning: 'The transaction that was on the writer before can be neither rolled back nor dropped.',
  },
  AMBIT_SQLITE_CLOSED: {
    thrownAs: 'SqliteClosedError',
    meaning: 'A statement was sent after its SQLite data source had been closed.',
  },
} as const satisfies Record<`AMBIT_SQLITE_${string}`, CatalogueEntry>

export type SqliteErrorCode = keyof typeof SQLITE_ERRORS

abstract class SqliteError extends AmbitError<SqliteErrorCode> {}

/** Who waited for which connection, and for whom. Statements are shortened, and without values. */
export interface BusyFacts {
  readonly waiter: string
  /** The statement that the connection was wanted for, where it is known. */
  readonly wanted: string | undefined
  /** Whether the waiter belongs to no transaction: a statement, or a query runner, outside every one. */
  readonly outside: boolean
  readonly waitedMs: number
  /** Who holds the connection; of several holders, the one that has held longest. */
  readonly holder: string
  /** The statement or command that the holder runs; `undefined` where it sends nothing. */
  readonly runs: string | undefined
  /** How long the holder has held it, in milliseconds. */
  readonly heldMs: number
  /** How many others wait too. */
  readonly waiting: number
}

/** Waiting for a connection took longer than `waitTimeoutMs`. Nothing was sent for the waiter. */
export class SqliteConnectionBusyError extends SqliteError implements BusyFacts {
  readonly waiter: string
  readonly wanted: string | undefined
  readonly outside: boolean
  readonly waitedMs: number
  readonly holder: string
  readonly runs: string | undefined
  readonly heldMs: number
  readonly waiting: number

  constructor(code: 'AMBIT_SQLITE_WRITER_BUSY' | 'AMBIT_SQLITE_READERS_BUSY', what: string, facts: BusyFacts) {
    const { waiter, wanted, outside, waitedMs, holder, runs, heldMs, waiting } = facts
    const running = runs === undefined ? 'running nothing now' : `running '${runs}'`
    const purpose = wanted === undefined ? '' : ` It wanted to run '${wanted}'.`
    const awaited = outside
      ? `make the query runner inside ${holder}, where it works in that transaction, or use it before or after`
      : 'run one after the other'
    super(code, {
      what: `${waiter} waited ${waitedMs} ms for ${what}, which ${holder} has held for ${heldMs} ms, ${running}; ${waiting} more in the queue.${purpose}`,
      where: waiter,
      next: `Move slow work (network calls, timers) out of the transaction of ${holder}, or raise waitTimeoutMs; if ${holder} itself awaits ${outside ? 'this' : waiter}, ${awaited}.`,
    })
    this.waiter = waiter
    this.wanted = wanted
    this.outside = outside
    this.waitedMs = waitedMs
    this.holder = holder
    this.runs = runs
    this.heldMs = heldMs
    this.waiting = waiting
  }
}

/** The file stayed locked by somebody outside this data source. */
export class SqliteFileLockedError extends SqliteError {
  constructor(
    readonly waiter: string,
    readonly waitedMs: number,
    cause: unknown,
  ) {
    super(
      'AMBIT_SQLITE_FILE_LOCKED',
      {
        what: `${waiter} found the SQLite file locked for ${waitedMs} ms by another process, or by a connection that Ambit did not open.`,
        where: waiter,
        next: 'Find who keeps a transaction open on the file (a shell, a backup, a second service), or raise waitTimeoutMs.',
      },
      { cause },
    )
  }
}

/** A second writing transaction beside one that holds the only writer. The transaction around it is not affected. */
export class SqliteSecondWriterError extends SqliteError {
  constructor(
    code: 'AMBIT_SQLITE_NEW_AFTER_WRITE' | 'AMBIT_SQLITE_NEW_ISOLATED' | 'AMBIT_SQLITE_OUTSIDE_AFTER_WRITE',
    text: ErrorText,
    readonly holder: string,
  ) {
    super(code, text)
  }
}

/** SQLite ended the transaction by itself. `cause` is the statement's error, after which nothing more was sent. */
export class SqliteTransactionLostError extends SqliteError {
  constructor(
    readonly method: string,
    cause: unknown,
  ) {
    super(
      'AMBIT_SQLITE_TRANSACTION_LOST',
      {
        what: `SQLite rolled the transaction of ${method} back by itself when a statement failed; nothing of it is stored.`,
        where: method,
        next: "Let the statement's error propagate; to survive it, use INSERT OR ABORT and RAISE(ABORT, …) instead of ROLLBACK.",
      },
      { cause },
    )
  }
}

/** Somebody else committed in the gap of a loan; what the transaction has read may be stale. */
export class SqliteSerializationError extends SqliteError {
  constructor(
    readonly method: string,
    readonly borrower: string,
  ) {
    super('AMBIT_SQLITE_FOREIGN_COMMIT', {
      what: `Another process wrote to the SQLite file while ${method} had lent its connection to ${borrower} (REQUIRES_NEW).`,
      where: method,
      next: `Repeat ${method} (retry: 3 does it), or call ${borrower} before the first read of ${method}.`,
    })
  }
}

/** Transaction control or a connection setting as text, where it would reach a connection that others use. */
export class SqliteControlStatementError extends SqliteError {}

/** Several statements in one text; none was run. */
export class SqliteSeveralStatementsError extends SqliteError {
  constructor() {
    super('AMBIT_SQLITE_SEVERAL_STATEMENTS', {
      what: 'A text holds several statements; sqlite3 would run the first and forget the others, so none was run.',
      next: 'Send them one by one.',
    })
  }
}

/** A data source that cannot be made safe; found when it is opened. */
export class SqliteSetupError extends SqliteError {}

/** The writer cannot be brought back to a clean state. */
export class SqliteWriterStuckError extends SqliteError {
  constructor(name: string, cause: unknown) {
    super(
      'AMBIT_SQLITE_WRITER_STUCK',
      {
        what: `The writer of '${name}' still has a transaction of an earlier caller that can be neither rolled back nor dropped.`,
        where: `data source '${name}'`,
        next: 'Finish every iterator that your code opened on the raw connection; the next statement tries again.',
      },
      { cause },
    )
  }
}

/** The data source has been closed. */
export class SqliteClosedError extends SqliteError {
  constructor(name: string) {
    super('AMBIT_SQLITE_CLOSED', {
      what: `The SQLite data source '${name}' has been closed.`,
      where: `data source '${name}'`,
      next: 'Finish all work before the application or the data source is closed.',
    })
  }
}
