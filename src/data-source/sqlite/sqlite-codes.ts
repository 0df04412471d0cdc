import { databaseCode } from '../driver-error'
import type { BusyKind } from './raw-connection'

/** Why SQLite was busy; `undefined` when it was not. */
export function busyKind(error: unknown): BusyKind | undefined {
  const code = databaseCode(error)
  if (!code?.startsWith('SQLITE_BUSY')) return undefined
  return code === 'SQLITE_BUSY_SNAPSHOT' ? 'snapshot' : 'lock'
}

/** The disk failed: nobody can say what of a COMMIT under way was kept. */
export function isIoError(error: unknown): boolean {
  return databaseCode(error)?.startsWith('SQLITE_IOERR') ?? false
}

/** A reader refused a statement because it writes, before anything was written. */
export function isReadOnlyRefusal(error: unknown): boolean {
  return databaseCode(error)?.startsWith('SQLITE_READONLY') ?? false
}

/** Something that may exist on the writer alone: a temporary table, a function or collation registered at run time. */
export function isMissingOnReader(error: unknown): boolean {
  const { message } = (error ?? {}) as { message?: unknown }
  return typeof message === 'string' && MISSING.test(message)
}

const MISSING = /\b(?:no such (?:table|function|collation|module)|unknown database)\b/i
