import { readSqlToken } from '../../core/sql-tokens'

const MAX_LENGTH = 2_000

/** A statement as a trace keeps it: single spaces, no comments, `?` for what stands in quotes, not endless. */
export function traceText(sql: string): string {
  const text = sql.length > MAX_LENGTH ? sql.slice(0, MAX_LENGTH) : sql
  let kept = ''
  for (let at = 0; at < text.length;) {
    const { kind, start, end } = readSqlToken(text, at)
    if (kind === 'string') kept += '?'
    else if (kind === 'space' || kind === 'line-comment' || kind === 'block-comment')
      kept += kept.endsWith(' ') ? '' : ' '
    else kept += text.slice(start, end)
    at = end
  }
  return text === sql ? kept.trim() : `${kept.trim()}…`
}
