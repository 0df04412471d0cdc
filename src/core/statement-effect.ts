import { isBlank, readSqlToken } from './sql-tokens'

/** What a statement does to the database, as far as its text shows. */
export type StatementEffect = 'read' | 'write'

/**
 * Tells statements that only read from all others, by their text. For routing and for "has this scope written?".
 *
 * Errs towards `'write'`: `select … into`, `for update`, `for share`, `explain analyze`, several statements in one text and
 * everything unknown count as writes. It cannot see into functions: `select nextval('s')` is a read here, so the database's
 * own read-only mode keeps the last word.
 *
 * @example
 * statementEffect('select * from "user"')                        // 'read'
 * statementEffect('with gone as (delete from t returning *) …')  // 'write'
 */
export function statementEffect(text: string): StatementEffect {
  const known = cache.get(text)
  if (known !== undefined) return known
  const effect = isPlainSelect(text) ? 'read' : effectOf(text)
  remember(text, effect)
  return effect
}

/** A select without the words and the sign that need a closer look, wherever they stand. */
function isPlainSelect(text: string): boolean {
  return SELECT.test(text) && !SUSPECT.test(text)
}

function effectOf(text: string): StatementEffect {
  const tokens = new StatementTokens(text)
  let first = tokens.next()
  while (first === '(' || first === ';') first = tokens.next()
  const rule = first === undefined ? undefined : READING.get(first)
  if (rule === undefined) return 'write'
  const rest = tokens.rest()
  return rest !== undefined && rule(rest) ? 'read' : 'write'
}

/** The executed parts of one statement: words in lower case, symbols, and a placeholder for whatever is quoted. */
class StatementTokens {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** `undefined` at the end. */
  next(): string | undefined {
    while (this.#at < this.#text.length) {
      const { kind, start, end, closed } = readSqlToken(this.#text, this.#at)
      this.#at = end
      if (!closed) return UNCLOSED
      if (!isBlank(kind))
        return kind === 'word' || kind === 'symbol' ? this.#text.slice(start, end).toLowerCase() : QUOTED
    }
    return undefined
  }

  /** What is left of the statement, or `undefined` where it cannot be trusted: a second statement or an open quote. */
  rest(): readonly string[] | undefined {
    const tokens: string[] = []
    let ended = false
    for (let token = this.next(); token !== undefined; token = this.next()) {
      if (token === UNCLOSED || (ended && token !== ';')) return undefined
      if (token === ';') ended = true
      else tokens.push(token)
    }
    return tokens
  }
}

function takesNoLock(tokens: readonly string[]): boolean {
  return !tokens.some((token, index) => token === 'into' || (token === 'for' && LOCKS.has(tokens[index + 1] ?? '')))
}

function changesNothing(tokens: readonly string[]): boolean {
  return takesNoLock(tokens) && !tokens.some(token => CHANGES.has(token))
}

function isNotRun(tokens: readonly string[]): boolean {
  return !tokens.some(token => token === 'analyze' || token === 'analyse')
}

/** `pragma [schema.]name`, without a value, or `pragma [schema.]name(argument)` where the argument is no setting. */
function isReadingPragma(tokens: readonly string[]): boolean {
  const [name, ...tail] = tokens[1] === '.' ? tokens.slice(2) : tokens
  if (name === undefined || tail.includes('=')) return false
  return REPORTS.has(name) || (SETTINGS.has(name) && tail.length === 0)
}

function remember(text: string, effect: StatementEffect): void {
  if (text.length > CACHED_LENGTH) return
  if (cache.size >= CACHED_TEXTS) dropOldest()
  cache.set(text, effect)
}

function dropOldest(): void {
  const [oldest] = cache.keys()
  if (oldest !== undefined) cache.delete(oldest)
}

const SELECT = /^\s*select\b/i
const SUSPECT = /;|\b(?:into|for)\b/i
const UNCLOSED = '<unclosed>'
const QUOTED = '<quoted>'
const CACHED_TEXTS = 500
const CACHED_LENGTH = 8_192

/** A memo of a pure function: it may be dropped at any time. */
const cache = new Map<string, StatementEffect>()

const LOCKS: ReadonlySet<string> = new Set(['update', 'share', 'no', 'key'])
const CHANGES: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'merge'])

const READING: ReadonlyMap<string, (tokens: readonly string[]) => boolean> = new Map([
  ['select', takesNoLock],
  ['values', takesNoLock],
  ['table', takesNoLock],
  ['show', takesNoLock],
  ['with', changesNothing],
  ['explain', isNotRun],
  ['pragma', isReadingPragma],
])

/** SQLite's pragmas that answer, whatever their argument. https://www.sqlite.org/pragma.html */
const REPORTS: ReadonlySet<string> = new Set([
  'collation_list',
  'compile_options',
  'database_list',
  'foreign_key_check',
  'foreign_key_list',
  'function_list',
  'index_info',
  'index_list',
  'index_xinfo',
  'integrity_check',
  'module_list',
  'pragma_list',
  'quick_check',
  'table_info',
  'table_list',
  'table_xinfo',
])

/** SQLite's pragmas that answer without an argument and change something with one. */
const SETTINGS: ReadonlySet<string> = new Set([
  'application_id',
  'busy_timeout',
  'cache_size',
  'data_version',
  'encoding',
  'foreign_keys',
  'freelist_count',
  'journal_mode',
  'page_count',
  'page_size',
  'query_only',
  'schema_version',
  'synchronous',
  'user_version',
])
