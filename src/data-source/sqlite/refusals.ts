import type { ControlText } from './control-text'
import {
  type BusyFacts,
  SqliteConnectionBusyError,
  SqliteControlStatementError,
  SqliteSecondWriterError,
} from './errors'
import type { Loan } from './loan'
import type { WaitRequest } from './waiting-line'
import type { WriterRequest } from './writer-access'

/** Why a suspended transaction would not lend the writer. */
export function refusedLoan(
  lender: { readonly label: string; readonly wrote: boolean; readonly isolation: string | undefined },
  borrower: WriterRequest,
): SqliteSecondWriterError | undefined {
  if (lender.wrote)
    return borrower.kind === 'transaction'
      ? newAfterWrite(lender.label, borrower)
      : outsideAfterWrite(lender.label, borrower)
  // The lender would see what the borrower commits. Levels that nobody asked for in words are not worth a refusal.
  if (lender.isolation !== undefined && STABLE_READS.has(lender.isolation) && !borrower.readOnly) {
    return newIsolated(lender.label, lender.isolation, borrower)
  }
  return undefined
}

/** What the error of a wait says of who waited. */
export function waiterFacts(request: WaitRequest): Pick<BusyFacts, 'waiter' | 'wanted' | 'outside' | 'waitedMs'> {
  const { who, timeoutMs, kind } = request
  return { waiter: who, wanted: request.activity?.(), outside: kind === 'outside', waitedMs: timeoutMs }
}

/** A statement waited too long for the transaction inside its own to give the connection back. */
export function lentOut(request: WaitRequest, loan: Loan | undefined): SqliteConnectionBusyError {
  return busy('its own connection, lent out', request, loan, request)
}

/** An inner transaction waited too long for the one around it, or for a sibling. */
export function borrowerWaits(
  request: WaitRequest,
  lender: WaitRequest,
  loan: Loan | undefined,
): SqliteConnectionBusyError {
  return busy(`the writer that ${lender.who} lends`, request, loan, lender)
}

/** Transaction control, or a setting that would lift read-only, as text inside a scope. */
export function refusedControl(control: ControlText, label: string): SqliteControlStatementError {
  const setting = control === 'setting'
  return new SqliteControlStatementError('AMBIT_SQLITE_CONTROL_STATEMENT', {
    what: setting
      ? `A PRAGMA that changes the connection was sent in the read-only transaction of ${label}.`
      : `BEGIN, COMMIT or ROLLBACK was sent as text in the transaction of ${label}, which begins and ends by itself.`,
    where: label,
    next: setting
      ? 'Run it outside the transaction.'
      : "Throw, or call setRollbackOnly(), to roll back; use propagation 'NESTED' for a part that may fail.",
  })
}

/** A setting that the connection would have for strangers too; `label`: of the transaction that it was sent in. */
export function refusedSetting(setting: string, label?: string): SqliteControlStatementError {
  const place = label === undefined ? 'outside every transaction' : `in the transaction of ${label}`
  return new SqliteControlStatementError('AMBIT_SQLITE_CONTROL_STATEMENT', {
    what: `PRAGMA ${setting} was sent as text ${place}; it would change the connection for whoever uses it next.`,
    where: label,
    next: INSTEAD_OF_SETTING[setting] ?? 'Leave it out, or set it where the connections are opened.',
  })
}

const INSTEAD_OF_SETTING: Readonly<Record<string, string>> = {
  busy_timeout: "Leave it out: the option 'waitTimeoutMs' bounds every wait.",
  foreign_keys:
    'Send PRAGMA defer_foreign_keys = ON in the transaction; to switch them off, work between queryRunner.beforeMigration() and afterMigration().',
  query_only: 'Give the transaction readOnly: true.',
  synchronous: "Set 'synchronous' of the data source.",
}

/** Transaction control as text on a runner that has no connection to itself. */
export function refusedOutside(text: string): SqliteControlStatementError {
  const word = /[a-z]+/i.exec(text)?.[0].toUpperCase() ?? 'It'
  return new SqliteControlStatementError('AMBIT_SQLITE_CONTROL_STATEMENT', {
    what: `${word} was sent as text outside every transaction; it would hit whoever uses the connection next.`,
    next: 'Use transactional(…), dataSource.transaction(…) or queryRunner.startTransaction() instead.',
  })
}

function newAfterWrite(outer: string, { who }: WriterRequest): SqliteSecondWriterError {
  return new SqliteSecondWriterError(
    'AMBIT_SQLITE_NEW_AFTER_WRITE',
    {
      what: `${who} (REQUIRES_NEW) cannot run inside ${outer}: a SQLite file has one writer, and the uncommitted rows of ${outer} hold it.`,
      where: who,
      next: `Call ${who} before ${outer} writes, give it propagation 'NESTED', or move it to afterCommit(…).`,
    },
    outer,
  )
}

function outsideAfterWrite(outer: string, { who, readOnly }: WriterRequest): SqliteSecondWriterError {
  const verb = readOnly ? 'read' : 'run'
  const reason = readOnly
    ? `the database has one connection (it is in memory, or not in WAL mode), and on it are the uncommitted rows of ${outer}`
    : `SQLite has one writer, and the uncommitted rows of ${outer} hold it`
  return new SqliteSecondWriterError(
    'AMBIT_SQLITE_OUTSIDE_AFTER_WRITE',
    {
      what: `${who} cannot ${verb} outside the suspended transaction of ${outer}: ${reason}.`,
      where: outer,
      next: `Run it before ${outer} writes, inside the transaction, or in afterCommit(…).`,
    },
    outer,
  )
}

function newIsolated(outer: string, isolation: string, { who }: WriterRequest): SqliteSecondWriterError {
  return new SqliteSecondWriterError(
    'AMBIT_SQLITE_NEW_ISOLATED',
    {
      what: `${who} cannot write beside ${outer}, which asked for isolation ${isolation}: SQLite has one writer, so ${outer} would see what ${who} commits.`,
      where: who,
      next: `Leave the isolation of ${outer} out, call ${who} before it reads, or move it to afterCommit(…).`,
    },
    outer,
  )
}

function busy(
  what: string,
  waiter: WaitRequest,
  loan: Loan | undefined,
  lender: WaitRequest,
): SqliteConnectionBusyError {
  const holder = loan?.request ?? lender
  return new SqliteConnectionBusyError('AMBIT_SQLITE_WRITER_BUSY', what, {
    ...waiterFacts(waiter),
    holder: holder.who,
    runs: holder === waiter ? undefined : holder.activity?.(),
    heldMs: loan === undefined ? 0 : Math.round(performance.now() - loan.since),
    waiting: 0,
  })
}

/** The levels under which a second read must answer as the first one did. */
const STABLE_READS: ReadonlySet<string> = new Set(['REPEATABLE READ', 'SERIALIZABLE'])
