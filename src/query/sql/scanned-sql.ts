import type { SqlSegment } from './sql-segment'

/** A placeholder that the text writes in the driver's own way: `?`, `$1`. */
export interface DriverMark {
  readonly text: string
  readonly index: number
}

/** What a scanner found in a raw SQL text. */
export interface ScannedSql {
  readonly text: string
  readonly segments: readonly SqlSegment[]
  /** The distinct parameters, in the order of their first use. */
  readonly names: readonly string[]
  /** How many statements there are; text that is only comments has none. */
  readonly statements: number
  /** Where the second statement begins. */
  readonly secondStatementAt: number | undefined
  /** Where the last statement ends: after it come only semicolons, comments and space. */
  readonly bodyEnd: number
  readonly trailingSemicolon: boolean
  readonly trailingComment: boolean
  /**
   * `?` and `$1` outside quotes. On PostgreSQL a `?` is an operator (`?`, `?|`, `?&`, `@?`) and left alone; `$1` clashes with
   * the numbers we give, and on SQLite so does `?`: the dialect decides, the scanner only reports.
   */
  readonly driverMarks: readonly DriverMark[]
}

/** The segments up to the end of the last statement, to be wrapped: `select count(*) from (<body>\n) q`. */
export function bodyOf({ segments, bodyEnd }: ScannedSql): readonly SqlSegment[] {
  const body: SqlSegment[] = []
  let at = 0
  for (const segment of segments) {
    const left = bodyEnd - at
    at += segment.raw.length
    if (left <= 0) break
    body.push(segment.kind === 'text' && segment.raw.length > left ? cut(segment.raw, left) : segment)
  }
  return Object.freeze(body)
}

/** An escaped colon is a segment of its own, so text that is cut is sent as it was written. */
function cut(raw: string, length: number): SqlSegment {
  const kept = raw.slice(0, length)
  return Object.freeze({ kind: 'text', raw: kept, sql: kept })
}
