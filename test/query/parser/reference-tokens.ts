import { visibleLine } from '../../../src/core/visible-text'
import type { TokenCursor } from '../../../src/query/parser/token-cursor'

/** What a cursor says of a token. */
export type Token = Pick<TokenCursor, 'kind' | 'mark' | 'start' | 'value'>

/** Where a text cannot be read, and what is said about it. */
export interface Unreadable {
  readonly index: number
  readonly problem: string
}

/** The tokens of a text up to where it cannot be read: by regular expressions, as the language's page describes them. */
export function referenceTokens(text: string): readonly (Token | Unreadable)[] {
  const tokens: (Token | Unreadable)[] = []
  for (let at = after(text, 0, SPACE); at < text.length;) {
    const { end, ...found } = tokenAt(text, at)
    tokens.push(found)
    if ('problem' in found) return tokens
    at = after(text, end, SPACE)
  }
  return [...tokens, { kind: 'end', mark: '', start: text.length, value: '' }]
}

type Found = (Token | Unreadable) & { readonly end: number }

function tokenAt(text: string, start: number): Found {
  if (/['"]/.test(text.charAt(start))) return stringAt(text, start)
  if (text[start] === ':') return parameterAt(text, start)
  const number = after(text, start, NUMBER)
  if (number > start) return numberAt(text, start, number)
  const symbol = text.slice(start, after(text, start, SYMBOL))
  if (symbol !== '')
    return { kind: 'symbol', mark: symbol as Token['mark'], start, value: symbol, end: start + symbol.length }
  return pathAt(text, start)
}

function stringAt(text: string, start: number): Found {
  const single = text[start] === "'"
  const end = after(text, start, single ? SINGLE : DOUBLE)
  if (text[end] === '\\' && end + 1 < text.length) return unreadable(end, 'this escape is unknown')
  if (text[end] !== (single ? "'" : '"')) return unreadable(start, 'the string that begins here never ends')
  const value = text.slice(start + 1, end).replace(single ? /''|\\u.{4}|\\[^]/g : /""|\\u.{4}|\\[^]/g, meaning)
  return { kind: 'string', mark: '', start, value, end: end + 1 }
}

function meaning(written: string): string {
  if (!written.startsWith('\\') || /^\\[%_]/.test(written))
    return written.startsWith('\\') ? written : written.charAt(0)
  const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', 0: '\0' }
  if (written.length === 6) return String.fromCharCode(Number.parseInt(written.slice(2), 16))
  return controls[written.charAt(1)] ?? written.charAt(1)
}

function parameterAt(text: string, start: number): Found {
  const end = after(text, start + 1, NAME)
  if (end === start + 1) return unreadable(start, 'unexpected ":"')
  return { kind: 'parameter', mark: '', start, value: text.slice(start + 1, end), end }
}

function numberAt(text: string, start: number, end: number): Found {
  const value = text.slice(start, end)
  if (text[end] === '.' || after(text, end, NAME) > end) return unexpected(text, end)
  const exponent = Number(/[eE](.*)/.exec(value)?.[1] ?? 0)
  if (value.length > 1_000 || Math.abs(exponent) > 1_000) return unreadable(start, 'this number is out of range')
  return { kind: 'number', mark: '', start, value, end }
}

function pathAt(text: string, start: number): Found {
  const end = after(text, start, PATH)
  if (end === start) return unexpected(text, start)
  if (text[end] === '.') return unexpected(text, end + 1)
  const written = text.slice(start, end)
  const isWord = !/[.`]/.test(written)
  const word = WORDS.find(each => each === written.replace(/[A-Z]/g, letter => letter.toLowerCase()))
  return { kind: isWord ? 'word' : 'path', mark: word ?? '', start, value: written.replaceAll('`', ''), end }
}

function unexpected(text: string, index: number): Found {
  const codePoint = text.codePointAt(index)
  const found = codePoint === undefined ? 'the end' : visibleLine(JSON.stringify(String.fromCodePoint(codePoint)))
  return unreadable(index, `unexpected ${found}`)
}

function unreadable(index: number, problem: string): Found {
  return { index, problem, end: index }
}

/** Where what a pattern finds at an index ends. */
function after(text: string, index: number, pattern: RegExp): number {
  pattern.lastIndex = index
  return pattern.test(text) ? pattern.lastIndex : index
}

const SPACE = /\s+/y
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const SYMBOL = /<>|==|!=|<=|>=|[=<>(),+-]/y
const NAME = /[\p{ID_Start}_]\p{ID_Continue}*/uy
const PATH = /(?:[\p{ID_Start}_]\p{ID_Continue}*|`[^`.]+`)(?:\.(?:[\p{ID_Start}_]\p{ID_Continue}*|`[^`.]+`))*/uy
const SINGLE = /'(?:[^'\\]|''|\\(?:[\\'"nrtbf0%_]|u[\da-fA-F]{4}))*/y
const DOUBLE = /"(?:[^"\\]|""|\\(?:[\\'"nrtbf0%_]|u[\da-fA-F]{4}))*/y

export const WORDS = [
  ...['and', 'or', 'not', 'in', 'is', 'null', 'true', 'false', 'empty', 'any', 'none', 'between', 'like', 'ilike'],
  ...['contains', 'starts', 'startswith', 'ends', 'endswith', 'with', 'ignore', 'case', 'order', 'by', 'asc', 'desc'],
  ...['nulls', 'first', 'last'],
] as const
