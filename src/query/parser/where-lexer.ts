import { identifierEnd } from '../ast/identifier'
import { sourceError, type QuerySource } from './query-source'
import { readString } from './read-string'
import type { WhereToken, WhereTokenKind } from './where-token'

/**
 * Reads the token at or after `from`; at the end of the text, one of kind `end`.
 *
 * @throws QuerySyntaxError `AMBIT_QUERY_SYNTAX` for a character that begins nothing
 */
export function readWhereToken(source: QuerySource, from: number): WhereToken {
  const { text } = source
  const start = skipSpace(text, from)
  if (start >= text.length) return { kind: 'end', value: '', start: text.length, end: text.length }
  const character = text.charAt(start)
  const symbol = SYMBOLS.find(each => text.startsWith(each, start))
  if (symbol !== undefined) return { kind: 'symbol', value: symbol, start, end: start + symbol.length }
  if (character === "'" || character === '"') return readString(source, start)
  if (character === ':') return readParameter(source, start)
  if (character === '?') return readArgument(source, start)
  return readNumber(source, start) ?? readPath(source, start)
}

function readParameter(source: QuerySource, start: number): WhereToken {
  const end = identifierEnd(source.text, start + 1)
  if (end === start + 1)
    throw unexpected(source, start, "Write a parameter's name right after the colon, as in ':name'.")
  return { kind: 'parameter', value: source.text.slice(start + 1, end), start, end }
}

function readArgument(source: QuerySource, start: number): WhereToken {
  const digits = match(ARGUMENT, source.text, start)
  if (digits === undefined) throw unexpected(source, start, "Write a named parameter, as in ':name'.")
  return { kind: 'argument', value: digits.slice(1), start, end: start + digits.length }
}

function readNumber(source: QuerySource, start: number): WhereToken | undefined {
  const digits = match(NUMBER, source.text, start)
  if (digits === undefined) return undefined
  const end = start + digits.length
  if (identifierEnd(source.text, end) > end || source.text[end] === '.')
    throw unexpected(source, end, 'Separate the number from what follows; quote it if it is text.')
  if (digits.length > MAX_DIGITS || Math.abs(Number(/e(.*)/i.exec(digits)?.[1] ?? 0)) > MAX_DIGITS)
    throw sourceError(source, {
      index: start,
      problem: 'this number is out of range',
      next: `Write at most ${String(MAX_DIGITS)} digits, or pass the value as a parameter.`,
    })
  return { kind: 'number', value: digits, start, end }
}

/** A word, or a path: names and back-ticked names with dots between them. */
function readPath(source: QuerySource, start: number): WhereToken {
  const segments: string[] = []
  let kind: WhereTokenKind = 'word'
  let end = start - 1
  do {
    const from = end + 1
    end = segmentEnd(source, from)
    const ticked = source.text[from] === '`'
    segments.push(ticked ? source.text.slice(from + 1, end - 1) : source.text.slice(from, end))
    if (ticked || segments.length > 1) kind = 'path'
  } while (source.text[end] === '.')
  return { kind, value: segments.join('.'), start, end }
}

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
  return pattern.exec(text)?.[0]
}

function unexpected(source: QuerySource, index: number, next: string) {
  const codePoint = source.text.codePointAt(index)
  const found = codePoint === undefined ? 'the end' : JSON.stringify(String.fromCodePoint(codePoint))
  return sourceError(source, { index, problem: `unexpected ${found}`, next })
}

const MAX_DIGITS = 1_000
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const ARGUMENT = /\?\d{1,9}/y
const TICKED = /`[^`.]+`/y

/** Longer ones first. */
const SYMBOLS = ['==', '!=', '<>', '<=', '>=', '=', '<', '>', '(', ')', ','] as const
