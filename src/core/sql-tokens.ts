/** What a piece of SQL text is: enough to tell text in quotes and comments from text that the database executes. */
export type SqlTokenKind =
  'space' | 'line-comment' | 'block-comment' | 'string' | 'quoted-name' | 'word' | 'number' | 'position' | 'symbol'

/** A piece of SQL text, as half-open range of the text it was read from. */
export interface SqlToken {
  readonly kind: SqlTokenKind
  readonly start: number
  readonly end: number
  /** `false` for a quote or comment that the text never closes; such a token reaches to the end of the text. */
  readonly closed: boolean
}

/**
 * Reads the token that begins at `start` (which lies inside the text).
 *
 * The rules are those of PostgreSQL's scanner with `standard_conforming_strings` on: nested block comments, dollar quotes,
 * `E''` strings with backslashes, identifiers of any character above ASCII; plus back-ticked names. All tokens of a text in
 * order cover it without gaps, and reading them takes linear time.
 *
 * Source: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export function readSqlToken(text: string, start: number): SqlToken {
  const code = text.charCodeAt(start)
  if (isWordStart(code)) return readWord(text, start)
  if (isSpace(code)) return token('space', start, skipSpace(text, start))
  if (isDigit(code)) return readNumber(text, start)
  return (READERS.get(code) ?? readSymbol)(text, start)
}

/** Whether a token is text that the database skips. */
export function isBlank(kind: SqlTokenKind): boolean {
  return kind === 'space' || kind === 'line-comment' || kind === 'block-comment'
}

function token(kind: SqlTokenKind, start: number, end: number, closed = true): SqlToken {
  return { kind, start, end, closed }
}

function readSymbol(_text: string, start: number): SqlToken {
  return token('symbol', start, start + 1)
}

function readWord(text: string, start: number): SqlToken {
  let end = start + 1
  while (isWordPart(text.charCodeAt(end))) end++
  const escapes = end === start + 1 && (text.charCodeAt(start) | LOWER) === LETTER_E && text.charCodeAt(end) === QUOTE
  return escapes ? readEscapeString(text, start) : token('word', start, end)
}

function readNumber(text: string, start: number): SqlToken {
  let end = start + 1
  while (isWordPart(text.charCodeAt(end)) || (text.charCodeAt(end) === DOT && isDigit(text.charCodeAt(end + 1)))) end++
  return token('number', start, end)
}

/** Text between two equal quotes, where a doubled quote stands for one. */
function quotedBy(kind: SqlTokenKind, quote: string) {
  return (text: string, start: number): SqlToken => {
    let at = text.indexOf(quote, start + 1)
    while (at !== -1 && text[at + 1] === quote) at = text.indexOf(quote, at + 2)
    return at === -1 ? token(kind, start, text.length, false) : token(kind, start, at + 1)
  }
}

function readEscapeString(text: string, start: number): SqlToken {
  let at = start + 2
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH || (code === QUOTE && text.charCodeAt(at + 1) === QUOTE)) at += 2
    else if (code !== QUOTE) at++
    else {
      const resumed = continuedString(text, at + 1)
      if (resumed === undefined) return token('string', start, at + 1)
      at = resumed
    }
  }
  return token('string', start, text.length, false)
}

/** A string goes on after a line break (`E'a'⏎'b'`), and keeps its escapes: the index after the new quote. */
function continuedString(text: string, from: number): number | undefined {
  let at = from
  let lines = 0
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === LINE_FEED || code === CARRIAGE_RETURN) lines++
    else if (code === MINUS && text.charCodeAt(at + 1) === MINUS) at = endOfLine(text, at) - 1
    else if (!isSpace(code)) break
  }
  return lines > 0 && text.charCodeAt(at) === QUOTE ? at + 1 : undefined
}

function readMinus(text: string, start: number): SqlToken {
  if (text.charCodeAt(start + 1) !== MINUS) return readSymbol(text, start)
  return token('line-comment', start, endOfLine(text, start))
}

function readSlash(text: string, start: number): SqlToken {
  if (text.charCodeAt(start + 1) !== STAR) return readSymbol(text, start)
  let depth = 1
  for (let at = start + 2; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const next = text.charCodeAt(at + 1)
    if (code === SLASH && next === STAR) depth++
    else if (code === STAR && next === SLASH) depth--
    else continue
    at++
    if (depth === 0) return token('block-comment', start, at + 1)
  }
  return token('block-comment', start, text.length, false)
}

/** `$1`, `$$text$$`, `$tag$text$tag$`, or a lone dollar sign. */
function readDollar(text: string, start: number): SqlToken {
  if (isDigit(text.charCodeAt(start + 1))) return readPosition(text, start)
  let tagEnd = start + 1
  if (isWordStart(text.charCodeAt(tagEnd))) while (isTagPart(text.charCodeAt(tagEnd))) tagEnd++
  if (text.charCodeAt(tagEnd) !== DOLLAR) return readSymbol(text, start)
  const delimiter = text.slice(start, tagEnd + 1)
  const close = text.indexOf(delimiter, tagEnd + 1)
  return close === -1 ? token('string', start, text.length, false) : token('string', start, close + delimiter.length)
}

function readPosition(text: string, start: number): SqlToken {
  let end = start + 2
  while (isDigit(text.charCodeAt(end))) end++
  return token('position', start, end)
}

/** `::` and `:=` are one symbol, so that the second character never begins a parameter. */
function readColon(text: string, start: number): SqlToken {
  const next = text.charCodeAt(start + 1)
  return token('symbol', start, next === COLON || next === EQUALS ? start + 2 : start + 1)
}

function skipSpace(text: string, start: number): number {
  let end = start + 1
  while (isSpace(text.charCodeAt(end))) end++
  return end
}

function endOfLine(text: string, start: number): number {
  let end = start
  while (end < text.length && text.charCodeAt(end) !== LINE_FEED && text.charCodeAt(end) !== CARRIAGE_RETURN) end++
  return end
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isWordStart(code: number): boolean {
  return ((code | LOWER) >= 0x61 && (code | LOWER) <= 0x7a) || code === 0x5f || code >= 0x80
}

function isTagPart(code: number): boolean {
  return isWordStart(code) || isDigit(code)
}

function isWordPart(code: number): boolean {
  return isTagPart(code) || code === DOLLAR
}

const LOWER = 0x20
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const DOUBLE_QUOTE = 0x22
const DOLLAR = 0x24
const QUOTE = 0x27
const STAR = 0x2a
const MINUS = 0x2d
const DOT = 0x2e
const SLASH = 0x2f
const COLON = 0x3a
const EQUALS = 0x3d
const BACKSLASH = 0x5c
const BACKTICK = 0x60
const LETTER_E = 0x65

const READERS: ReadonlyMap<number, (text: string, start: number) => SqlToken> = new Map([
  [QUOTE, quotedBy('string', "'")],
  [DOUBLE_QUOTE, quotedBy('quoted-name', '"')],
  [BACKTICK, quotedBy('quoted-name', '`')],
  [MINUS, readMinus],
  [SLASH, readSlash],
  [DOLLAR, readDollar],
  [COLON, readColon],
])
