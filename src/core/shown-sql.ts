import { isBlank, readSqlToken, type SqlTokenKind } from './sql-tokens'

/** A statement as a trace keeps it: single spaces, no comments, `?` for what stands in quotes, not endless. */
export function shownSql(sql: string): string {
  return masked(sql, TRACED, kind => kind === 'string')
}

/** A statement as an error names it: in one line, also without the numbers that are written into it. */
export function briefSql(sql: string): string {
  return shortened(masked(sql, TRACED, kind => kind === 'string' || kind === 'number'))
}

/** Of many columns nobody wants to read. */
export function shortened(sql: string): string {
  const text = sql.replace(/^SELECT .+? FROM /, 'SELECT … FROM ')
  return text.length > BRIEF ? `${text.slice(0, BRIEF - 1)}…` : text
}

function masked(sql: string, maxLength: number, isValue: (kind: SqlTokenKind) => boolean): string {
  const text = sql.length > maxLength ? sql.slice(0, maxLength) : sql
  let kept = ''
  for (let at = 0; at < text.length;) {
    const { kind, start, end } = readSqlToken(text, at)
    if (isValue(kind)) kept += '?'
    else if (isBlank(kind)) kept += kept.endsWith(' ') ? '' : ' '
    else kept += text.slice(start, end)
    at = end
  }
  return text === sql ? kept.trim() : `${kept.trim()}…`
}

const TRACED = 2_000
const BRIEF = 120
