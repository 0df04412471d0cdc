import { CommitOutcomeUnknownError } from '../tx/errors'
import { concealValues, databaseAnswer, databaseCode, driverErrorOf } from './driver-error'
import { ConnectionLostError } from './errors'

/**
 * Whether the server, or a pooler in front of it, ends the session with this error: what it interrupted is in doubt. The
 * severity says so; where the server speaks another language, the code does.
 */
export function endsSession(error: unknown): boolean {
  const severity = databaseAnswer(error)?.['severity']
  // A foreign server that cannot be reached, or a malformed value, has such a code too.
  if (severity === 'ERROR') return false
  return severity === 'FATAL' || severity === 'PANIC' || ENDING.test(databaseCode(error) ?? '')
}

/** Whether what TypeORM threw tells of the end of a connection, in the server's words, the system's or the driver's. */
export function isConnectionLoss(error: unknown): boolean {
  const cause = driverErrorOf(error)
  if (cause === error) return false
  if (databaseCode(cause) !== undefined) return endsSession(cause)
  const { syscall, message } = Object(cause) as { syscall?: unknown; message?: unknown }
  return syscall !== undefined || LOST_FOR_PG.test(String(message))
}

/** The error of work whose connection was lost before COMMIT was sent on it. */
export function lostInTransaction(label: string, cause: unknown): ConnectionLostError {
  const what = `The connection was lost before ${label} could commit; the database has rolled its work back.`
  return lost(label, what, 'Repeat the call; nothing of it is stored.', cause)
}

/** The error of a statement whose connection was lost, and that no transaction was around: it commits by itself. */
export function lostAlone(label: string, { sent, writes }: { sent: boolean; writes: boolean }, cause: unknown): Error {
  if (!sent) return lost(label, `${label} was not sent: its connection was lost.`, REPEAT, cause)
  const what = `${label} lost its connection before the answer came`
  if (!writes) return lost(label, `${what}; it only reads.`, REPEAT, cause)
  const next =
    'Read what it should have stored before you repeat it; in a transaction a statement is never in doubt, only COMMIT is.'
  const text = { what: `${what}: what it writes may or may not be stored.`, where: label, next }
  return new CommitOutcomeUnknownError(text, revealed(cause))
}

function lost(where: string, what: string, next: string, cause: unknown): ConnectionLostError {
  const options = cause === undefined ? {} : { cause: revealed(cause) }
  return new ConnectionLostError('AMBIT_DATA_SOURCE_CONNECTION_LOST', { what, where, next }, options)
}

/** The driver's error itself: TypeORM's around it would show the statement's values. */
function revealed(cause: unknown): unknown {
  return concealValues(driverErrorOf(cause))
}

const REPEAT = 'Repeat it; nothing of it is stored.'

/** Connection exceptions, operator intervention, and the timeouts that end a transaction's session. */
const ENDING = /^(08...|57P..|25P03|25P04)$/

/** pg has no codes for these. */
const LOST_FOR_PG = /^(Connection terminated|Client has encountered a connection error|Client was closed)/
