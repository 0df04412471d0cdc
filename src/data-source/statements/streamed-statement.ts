import type { FixedStatement } from './fixed-statement'

/** A single statement that answers rows and changes nothing, with the driver's own placeholders. */
export interface StreamedStatement<R> {
  readonly text: string
  /** What reads its cells; `undefined` where only the database knows its columns. */
  readonly fixed: FixedStatement<R> | undefined
  /** Makes what the caller wants of a row as the driver gives it. */
  readonly ofRecord: (record: Readonly<Record<string, unknown>>) => R
}

/** A fixed statement, for its rows in portions. */
export function streamed<R>(fixed: FixedStatement<R>): StreamedStatement<R> {
  const { text, columns } = fixed
  let read: ((cells: readonly unknown[]) => R) | undefined
  const ofRecord = (record: Readonly<Record<string, unknown>>): R => {
    read ??= fixed.reader()
    return read(columns.map(name => record[name]))
  }
  return { text, fixed, ofRecord }
}

/** A statement of somebody's own, whose rows are what the driver gives. */
export function streamedRecords(text: string): StreamedStatement<Readonly<Record<string, unknown>>> {
  return { text, fixed: undefined, ofRecord: record => record }
}
