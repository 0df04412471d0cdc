import { identifierEnd } from '../ast/identifier'
import { sourceError, type QuerySource } from './query-source'

/** What a token says that is not written in one piece, and where it ends. */
export interface DecodedToken {
  readonly value: string
  readonly end: number
}

/** What a character begins; `word` stands for a path, and for nothing, too. */
export type Beginning = 'symbol' | 'number' | 'string' | 'parameter' | 'word'

export function beginningAt(text: string, start: number): Beginning {
  const code = text.charCodeAt(start)
  return (code < BEGINNINGS.length ? BEGINNINGS[code] : undefined) ?? 'word'
}

export function spaceEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && isSpace(text.charCodeAt(at))) at++
  return at
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x80 && /\s/.test(String.fromCharCode(code)))
}

/** Where the parameter ends whose colon stands at `start`. */
export function parameterEnd(source: QuerySource, start: number): number {
  const end = identifierEnd(source.text, start + 1)
  if (end === start + 1)
    throw unexpected(source, start, "Write a parameter's name right after the colon, as in ':name'.")
  return end
}

/** Where the number ends that begins at `start`, with a sign or without; `undefined` for a sign or a dot without digits. */
export function numberEnd(source: QuerySource, start: number): number | undefined {
  const { text } = source
  const end = digitsEnd(text, start)
  // Nearly all are a few digits with nothing beside them that could belong to a number.
  const isPlain = end > start && end - start < SHORTEST_OUT_OF_RANGE && !mayGoOn(text, end)
  return isPlain ? end : anyNumberEnd(source, start)
}

function digitsEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && isDigit(text.charCodeAt(at))) at++
  return at
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function mayGoOn(text: string, at: number): boolean {
  return at < text.length && (text.charCodeAt(at) === DOT || identifierEnd(text, at) > at)
}

function anyNumberEnd(source: QuerySource, start: number): number | undefined {
  const digits = match(NUMBER, source.text, start)
  if (digits === undefined) return undefined
  const end = start + digits.length
  if (mayGoOn(source.text, end))
    throw unexpected(source, end, 'Separate the number from what follows; quote it if it is text.')
  if (isOutOfRange(digits))
    throw sourceError(source, {
      index: start,
      problem: 'this number is out of range',
      next: `Write at most ${String(MAX_DIGITS)} digits, or pass the value as a parameter.`,
    })
  return end
}

function isOutOfRange(digits: string): boolean {
  if (digits.length < SHORTEST_OUT_OF_RANGE) return false
  return digits.length > MAX_DIGITS || Math.abs(Number(/e(.*)/i.exec(digits)?.[1] ?? 0)) > MAX_DIGITS
}

/** Where the word ends that begins at `start`; `start` where a path begins, or nothing. */
export function wordEnd(text: string, start: number): number {
  const end = identifierEnd(text, start)
  return end < text.length && text.charCodeAt(end) === DOT ? start : end
}

/**
 * A path: names and back-ticked names with dots between them.
 *
 * @throws QuerySyntaxError `AMBIT_QUERY_SYNTAX` for a character that begins nothing
 */
export function readPath(source: QuerySource, start: number): DecodedToken {
  const segments: string[] = []
  let end = start - 1
  do {
    const from = end + 1
    end = segmentEnd(source, from)
    const ticked = source.text[from] === '`'
    segments.push(ticked ? source.text.slice(from + 1, end - 1) : source.text.slice(from, end))
  } while (source.text[end] === '.')
  return { value: segments.join('.'), end }
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
  if (text[at] === '?') return "Write a named parameter, as in ':name'."
  return 'Write a condition such as "username = :username".'
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

const DOT = 0x2e
const MAX_DIGITS = 1_000
const SHORTEST_OUT_OF_RANGE = '1e1001'.length
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const TICKED = /`[^`.]+`/y

/** Of the characters of ASCII, by code; all others begin a word. */
const BEGINNINGS = beginningsByCode([
  ['symbol', '=<>!(),'],
  ['number', '0123456789.+-'],
  ['string', `'"`],
  ['parameter', ':'],
])

function beginningsByCode(beginnings: readonly (readonly [Beginning, string])[]): readonly Beginning[] {
  return Array.from({ length: 0x80 }, (_, code) => {
    const character = String.fromCharCode(code)
    return beginnings.find(([, characters]) => characters.includes(character))?.[0] ?? 'word'
  })
}
