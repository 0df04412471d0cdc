import { identifierEnd } from '../ast/identifier'
import { sourceError, type QuerySource } from './query-source'
import { readString } from './read-string'
import type { WhereToken, WhereTokenKind } from './where-token'

/**
 * Reads the token at or after `from`; at the end of the text, one of kind `end`. A character says what it begins.
 *
 * @throws QuerySyntaxError `AMBIT_QUERY_SYNTAX` for a character that begins nothing
 */
export function readWhereToken(source: QuerySource, from: number): WhereToken {
  const { text } = source
  const start = skipSpace(text, from)
  if (start >= text.length) return token('end', '', text.length, text.length)
  const read = READERS[text.charCodeAt(start)] ?? readPath
  return read(source, start)
}

type ReadToken = (source: QuerySource, start: number) => WhereToken

function token(kind: Exclude<WhereTokenKind, 'word'>, value: string, start: number, end: number): WhereToken {
  return { kind, value, keyword: undefined, start, end }
}

function readSymbol(source: QuerySource, start: number): WhereToken {
  const { text } = source
  const first = text.charAt(start)
  const second = text.charAt(start + 1)
  if (SECONDS[first]?.includes(second) && second !== '') return token('symbol', first + second, start, start + 2)
  return first === '!' ? readPath(source, start) : token('symbol', first, start, start + 1)
}

function readParameter(source: QuerySource, start: number): WhereToken {
  const end = identifierEnd(source.text, start + 1)
  if (end === start + 1)
    throw unexpected(source, start, "Write a parameter's name right after the colon, as in ':name'.")
  return token('parameter', source.text.slice(start + 1, end), start, end)
}

/** Digits, with a sign or without; a sign alone stands before a sort key. */
function readNumber(source: QuerySource, start: number): WhereToken {
  const digits = match(NUMBER, source.text, start)
  if (digits === undefined) return source.text[start] === '.' ? readPath(source, start) : readSymbol(source, start)
  const end = start + digits.length
  if (identifierEnd(source.text, end) > end || source.text[end] === '.')
    throw unexpected(source, end, 'Separate the number from what follows; quote it if it is text.')
  if (isOutOfRange(digits))
    throw sourceError(source, {
      index: start,
      problem: 'this number is out of range',
      next: `Write at most ${String(MAX_DIGITS)} digits, or pass the value as a parameter.`,
    })
  return token('number', digits, start, end)
}

function isOutOfRange(digits: string): boolean {
  if (digits.length < SHORTEST_OUT_OF_RANGE) return false
  return digits.length > MAX_DIGITS || Math.abs(Number(/e(.*)/i.exec(digits)?.[1] ?? 0)) > MAX_DIGITS
}

/** A word, or a path: names and back-ticked names with dots between them. */
function readPath(source: QuerySource, start: number): WhereToken {
  const { text } = source
  const end = identifierEnd(text, start)
  if (end === start || text[end] === '.') return readSegments(source, start)
  const value = text.slice(start, end)
  return { kind: 'word', value, keyword: keywordOf(value), start, end }
}

function readSegments(source: QuerySource, start: number): WhereToken {
  const segments: string[] = []
  let end = start - 1
  do {
    const from = end + 1
    end = segmentEnd(source, from)
    const ticked = source.text[from] === '`'
    segments.push(ticked ? source.text.slice(from + 1, end - 1) : source.text.slice(from, end))
  } while (source.text[end] === '.')
  return token('path', segments.join('.'), start, end)
}

/** In lower case, if it may be a word of the grammar: some letters of other scripts have ASCII ones as their lower case. */
function keywordOf(value: string): string | undefined {
  if (value.length > LONGEST_KEYWORD) return undefined
  let isLower = true
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code >= 0x80) return undefined
    if (code < 0x61) isLower = false
  }
  return isLower ? value : value.toLowerCase()
}

const LONGEST_KEYWORD = 'startswith'.length

function segmentEnd(source: QuerySource, start: number): number {
  if (source.text[start] !== '`') {
    const end = identifierEnd(source.text, start)
    if (end === start) throw unexpected(source, start, adviceAt(source.text, start))
    return end
  }
  const length = match(TICKED, source.text, start)?.length
  if (length === undefined)
    throw unexpected(source, start, 'Write one property between two back-ticks, as in `order`, and dots outside.')
  return start + length
}

/** What other languages write there. */
function adviceAt(text: string, at: number): string {
  if (text[at] === '&') return "Write 'and'."
  if (text[at] === '|') return "Write 'or'."
  if (text[at] === '?') return "Write a named parameter, as in ':name'."
  return 'Write a condition such as "username = :username".'
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && isSpace(text.charCodeAt(at))) at++
  return at
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x80 && /\s/.test(String.fromCharCode(code)))
}

function match(pattern: RegExp, text: string, start: number): string | undefined {
  pattern.lastIndex = start
  return pattern.test(text) ? text.slice(start, pattern.lastIndex) : undefined
}

function unexpected(source: QuerySource, index: number, next: string) {
  const codePoint = source.text.codePointAt(index)
  const found = codePoint === undefined ? 'the end' : JSON.stringify(String.fromCodePoint(codePoint))
  return sourceError(source, { index, problem: `unexpected ${found}`, next })
}

const MAX_DIGITS = 1_000
const SHORTEST_OUT_OF_RANGE = '1e1001'.length
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const TICKED = /`[^`.]+`/y

/** What may follow the first character of a symbol. */
const SECONDS: Readonly<Record<string, string>> = { '=': '=', '!': '=', '<': '=>', '>': '=' }

/** What a character of ASCII begins, by its code; all others begin a word or a path, or nothing. */
const READERS = readersByCode([
  [readSymbol, '=<>!(),'],
  [readNumber, '0123456789.+-'],
  [readString, `'"`],
  [readParameter, ':'],
])

function readersByCode(readers: readonly (readonly [ReadToken, string])[]): readonly (ReadToken | undefined)[] {
  return Array.from({ length: 0x80 }, (_, code) => {
    const character = String.fromCharCode(code)
    return readers.find(([, characters]) => characters.includes(character))?.[0]
  })
}
