import { isBlank, readSqlToken, type SqlToken } from '../../core/sql-tokens'
import { identifierEnd } from '../ast/identifier'
import { sourceError, type QuerySource } from '../parser/query-source'
import type { DriverMark, ScannedSql } from './scanned-sql'
import type { SqlSegment } from './sql-segment'

/**
 * Finds the named parameters of a raw SQL text, and what a caller must know to extend it. Linear in the text's length.
 *
 * A parameter is a colon and a name. It is none inside quotes (`'…'`, `"…"`, `` `…` ``, `E'…'`, `$tag$…$tag$`) and comments
 * (also nested ones), in a cast (`x::text`), as `:=`, after a backslash (`\:name` sends `:name`), and where the colon
 * touches an operand on its left: in the array slice `a[1:n]`, `n` is a column. `a[:n]` and `a[1: :n]` hold a parameter.
 *
 * @example
 * scanNamedParameters("select * from t where a = :a and b <> ':b'").names   // ['a']
 *
 * @throws QuerySyntaxError `AMBIT_QUERY_SQL_UNTERMINATED` for a quote or comment that never ends, with its position
 */
export function scanNamedParameters(text: string, options: { readonly label?: string | undefined } = {}): ScannedSql {
  return new SqlScanner({ text, language: 'SQL text', label: options.label }).scan()
}

class SqlScanner {
  readonly #source: QuerySource
  readonly #segments: SqlSegment[] = []
  readonly #names = new Set<string>()
  readonly #marks: DriverMark[] = []
  /** Where the text that is in no segment yet begins. */
  #pending = 0
  #statements = 0
  #inStatement = false
  #secondAt: number | undefined
  #bodyEnd = 0
  #trailingSemicolon = false
  #trailingComment = false

  constructor(source: QuerySource) {
    this.#source = source
  }

  scan(): ScannedSql {
    const { text } = this.#source
    for (let at = 0; at < text.length;) at = this.#accept(readSqlToken(text, at))
    this.#flush(text.length)
    return Object.freeze({
      text,
      segments: Object.freeze(this.#segments),
      names: Object.freeze([...this.#names]),
      statements: this.#statements,
      secondStatementAt: this.#secondAt,
      bodyEnd: this.#bodyEnd,
      trailingSemicolon: this.#trailingSemicolon,
      trailingComment: this.#trailingComment,
      driverMarks: Object.freeze(this.#marks),
    })
  }

  /** Takes a token in, and answers where the next one begins. */
  #accept(token: SqlToken): number {
    if (!token.closed) throw this.#unterminated(token)
    if (isBlank(token.kind)) this.#trailingComment ||= token.kind !== 'space' && this.#statements > 0
    else if (this.#symbol(token) === ';') this.#endStatement()
    else return this.#acceptExecuted(token)
    return token.end
  }

  #acceptExecuted(token: SqlToken): number {
    this.#beginStatement(token.start)
    const end = this.#segmentEnd(token)
    this.#bodyEnd = end
    this.#trailingSemicolon = false
    this.#trailingComment = false
    return end
  }

  #segmentEnd(token: SqlToken): number {
    const symbol = this.#symbol(token)
    if (symbol === ':') return this.#acceptColon(token)
    if (symbol === '\\' && this.#source.text[token.end] === ':') return this.#acceptEscape(token)
    return this.#acceptMark(token)
  }

  #acceptColon({ start, end }: SqlToken): number {
    const { text } = this.#source
    const nameEnd = identifierEnd(text, end)
    if (nameEnd === end || touchesOperand(text, start)) return end
    const name = text.slice(end, nameEnd)
    this.#flush(start)
    this.#segments.push(Object.freeze({ kind: 'parameter', raw: text.slice(start, nameEnd), name, index: start }))
    this.#names.add(name)
    this.#pending = nameEnd
    return nameEnd
  }

  #acceptEscape({ start, end }: SqlToken): number {
    this.#flush(start)
    this.#segments.push(Object.freeze({ kind: 'text', raw: '\\:', sql: ':' }))
    this.#pending = end + 1
    return end + 1
  }

  #acceptMark({ kind, start, end }: SqlToken): number {
    if (kind !== 'symbol' && kind !== 'position') return end
    DRIVER_MARK.lastIndex = start
    const [text] = DRIVER_MARK.exec(this.#source.text) ?? []
    if (text === undefined) return end
    this.#marks.push(Object.freeze({ text, index: start }))
    return start + text.length
  }

  #beginStatement(start: number): void {
    if (this.#inStatement) return
    this.#inStatement = true
    this.#statements++
    if (this.#statements === 2) this.#secondAt = start
  }

  #endStatement(): void {
    this.#trailingSemicolon ||= this.#statements > 0
    this.#inStatement = false
  }

  #flush(end: number): void {
    const raw = this.#source.text.slice(this.#pending, end)
    if (raw !== '') this.#segments.push(Object.freeze({ kind: 'text', raw, sql: raw }))
    this.#pending = end
  }

  #symbol({ kind, start, end }: SqlToken): string | undefined {
    return kind === 'symbol' ? this.#source.text.slice(start, end) : undefined
  }

  #unterminated({ kind, start }: SqlToken) {
    const what = kind === 'block-comment' ? 'comment' : 'quote'
    return sourceError(this.#source, {
      code: 'AMBIT_QUERY_SQL_UNTERMINATED',
      index: start,
      problem: `the ${what} that begins here never ends`,
      next: `Close the ${what}.`,
    })
  }
}

/** Whether the character before a colon ends an operand: then the colon is a bound of a slice, or nothing we know. */
function touchesOperand(text: string, colon: number): boolean {
  return colon > 0 && OPERAND_END.test(text.charAt(colon - 1))
}

const OPERAND_END = /[\w$\u0080-\uffff)\]'"`:]/
const DRIVER_MARK = /\?\d*|\$\d+|[$@][A-Za-z_]\w*/y
