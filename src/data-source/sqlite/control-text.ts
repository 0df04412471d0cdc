import { executedTokens } from '../../core/executed-tokens'

/** What a statement does to transactions and to the connection itself, as far as its first word shows. */
export type ControlText = 'begin-or-end' | 'savepoint' | 'setting' | 'none'

/** Tells transaction control and pragmas from all other statements. */
export function controlTextOf(text: string): ControlText {
  const start = skipBlanks(text)
  WORD.lastIndex = start
  const word = WORD.exec(text)?.[0].toLowerCase() ?? ''
  if (word === 'rollback' && TO_SAVEPOINT.test(text.slice(start))) return 'savepoint'
  return KINDS.get(word) ?? 'none'
}

/**
 * The setting that a PRAGMA would change for whoever uses the connection next, and that the connection must keep; `undefined`
 * for what SQLite takes back by itself (`defer_foreign_keys`), stores in the file, or where it only tunes.
 */
export function keptSettingOf(text: string): string | undefined {
  const tokens = [...executedTokens(text)]
  const [first, second, third, fourth] = tokens.slice(tokens.indexOf('pragma') + 1)
  const [name, change] = second === '.' ? [third, fourth] : [first, second]
  return name !== undefined && KEPT.has(name) && (change === '=' || change === '(') ? name : undefined
}

/** Whether a read must be answered by the connection that writes: it asks for that connection's own state. */
export function asksForTheWriter(text: string): boolean {
  return CONNECTION_STATE.test(text)
}

/** The index of the first character that is no space, semicolon or comment. Comments do not nest in SQLite. */
function skipBlanks(text: string): number {
  let at = 0
  for (;;) {
    BLANKS.lastIndex = at
    at += BLANKS.exec(text)?.[0].length ?? 0
    const close = COMMENTS.get(text.slice(at, at + 2))
    if (close === undefined) return at
    const end = text.indexOf(close, at + 2)
    if (end < 0) return text.length
    at = end + close.length
  }
}

const BLANKS = /[\s;]*/y
const WORD = /[a-z_]+/iy
const TO_SAVEPOINT = /^rollback\s+(?:transaction\s+)?to\b/i

/** Pragmas with an argument in brackets describe the schema, which all connections share. */
const CONNECTION_STATE = /^\s*pragma\b[^(]*$|\b(?:last_insert_rowid|(?:total_)?changes)\s*\(/i

/** What may be written, how safely, and what statements mean. Source: https://www.sqlite.org/pragma.html */
const KEPT: ReadonlySet<string> = new Set([
  'busy_timeout',
  'case_sensitive_like',
  'empty_result_callbacks',
  'foreign_keys',
  'full_column_names',
  'ignore_check_constraints',
  'legacy_alter_table',
  'locking_mode',
  'query_only',
  'read_uncommitted',
  'recursive_triggers',
  'reverse_unordered_selects',
  'short_column_names',
  'synchronous',
  'writable_schema',
])

const COMMENTS: ReadonlyMap<string, string> = new Map([
  ['--', '\n'],
  ['/*', '*/'],
])

const KINDS: ReadonlyMap<string, ControlText> = new Map([
  ['begin', 'begin-or-end'],
  ['commit', 'begin-or-end'],
  ['end', 'begin-or-end'],
  ['rollback', 'begin-or-end'],
  ['savepoint', 'savepoint'],
  ['release', 'savepoint'],
  ['pragma', 'setting'],
])
