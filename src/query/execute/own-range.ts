import { isBlank, readSqlToken } from '../../core/sql-tokens'

/**
 * Whether a statement limits its rows itself, outside every parenthesis: a second LIMIT behind it would be a syntax error.
 *
 * @example
 * hasOwnRange('select * from t order by id limit 3')            // true
 * hasOwnRange('select * from (select * from t limit 3) x')      // false
 */
export function hasOwnRange(sql: string): boolean {
  let depth = 0
  let before = ''
  for (let at = 0; at < sql.length;) {
    const { kind, start, end } = readSqlToken(sql, at)
    const text = sql.slice(start, end).toLowerCase()
    at = end
    if (isBlank(kind)) continue
    if (kind === 'symbol') depth += DEPTHS[text] ?? 0
    else if (kind === 'word' && depth === 0 && RANGE.has(text) && !NAMING.has(before)) return true
    before = text
  }
  return false
}

const DEPTHS: Readonly<Record<string, number>> = { '(': 1, ')': -1 }
const RANGE: ReadonlySet<string> = new Set(['limit', 'offset', 'fetch'])
/** Behind these the word is the name of a column. */
const NAMING: ReadonlySet<string> = new Set(['.', ',', 'select', 'as', 'by'])
