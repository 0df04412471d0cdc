import { sourceError, type QuerySource } from './query-source'
import type { DecodedToken } from './where-lexer'

/** Where the string ends that begins with a quote at `start`, if it says what is written between its quotes: most do. */
export function plainStringEnd(text: string, start: number): number | undefined {
  const quote = text.charCodeAt(start)
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== quote && text.charCodeAt(at) !== BACKSLASH) at++
  const isPlain =
    at < text.length && text.charCodeAt(at) === quote && !(at + 1 < text.length && text.charCodeAt(at + 1) === quote)
  return isPlain ? at + 1 : undefined
}

/**
 * Reads the string that begins with a quote at `start`. A doubled quote stands for one; a backslash escapes as in
 * JavaScript; `\%` and `\_` keep their backslash, so that patterns can be written as in SQL.
 *
 * @throws QuerySyntaxError `AMBIT_QUERY_SYNTAX` where the string never ends, or an escape is unknown
 */
export function readString(source: QuerySource, start: number): DecodedToken {
  const { text } = source
  const quote = text.charAt(start)
  const parts: string[] = []
  let at = start + 1
  for (let from = at; at < text.length; from = at) {
    while (at < text.length && text[at] !== quote && text[at] !== '\\') at++
    parts.push(text.slice(from, at))
    if (text[at] === '\\') at = readEscape(source, at, parts)
    else if (text[at] === quote && text[at + 1] === quote) at = push(parts, quote, at + 2)
    else if (text[at] === quote) return { value: parts.join(''), end: at + 1 }
  }
  throw sourceError(source, {
    index: start,
    problem: 'the string that begins here never ends',
    next: `Close it with ${quote}; write ${quote}${quote} for the quote itself.`,
  })
}

/** Adds what an escape stands for, and answers the index after it. */
function readEscape(source: QuerySource, start: number, parts: string[]): number {
  const { text } = source
  const letter = text.charAt(start + 1)
  if (letter === 'u') return readUnicode(source, start, parts)
  const value = ESCAPES.get(letter)
  if (value === undefined && start + 1 < text.length) throw unknownEscape(source, start)
  return push(parts, value ?? '', start + 2)
}

function readUnicode(source: QuerySource, start: number, parts: string[]): number {
  const digits = source.text.slice(start + 2, start + 6)
  if (!/^[\da-fA-F]{4}$/.test(digits)) throw unknownEscape(source, start)
  return push(parts, String.fromCharCode(Number.parseInt(digits, 16)), start + 6)
}

function push(parts: string[], value: string, next: number): number {
  parts.push(value)
  return next
}

function unknownEscape(source: QuerySource, index: number) {
  return sourceError(source, {
    index,
    problem: 'this escape is unknown',
    next: 'Write \\\\ for a backslash; known are \\\' \\" \\n \\r \\t \\b \\f \\0 \\uXXXX, and \\% \\_ in patterns.',
  })
}

const BACKSLASH = 0x5c

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["'", "'"],
  ['"', '"'],
  ['\\', '\\'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['0', '\0'],
  ['%', '\\%'],
  ['_', '\\_'],
])
