import { endsSession } from '../connection-loss'
import { databaseCode } from '../driver-error'

/** Serialization failure, deadlock: the whole transaction may be repeated. */
export function isTransientSqlState(error: unknown): boolean {
  const code = databaseCode(error)
  return code === '40001' || code === '40P01'
}

/** The statement was cancelled, by `statement_timeout` in the first place. */
export function isTimeoutSqlState(error: unknown): boolean {
  return databaseCode(error) === '57014'
}

/** The connection is in a transaction that has failed. */
export function isAbortedSqlState(error: unknown): boolean {
  return databaseCode(error) === '25P02'
}

/** Whether an error is the server's answer to this statement, so that the connection is alive and the outcome known. */
export function isServerAnswer(error: unknown): boolean {
  return databaseCode(error) !== undefined && !endsSession(error)
}
