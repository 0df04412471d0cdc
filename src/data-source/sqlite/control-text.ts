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
