/**
 * The index after the identifier that begins at `start`, or `start` where none begins: letters, digits and underscores of
 * any script, not beginning with a digit.
 */
export function identifierEnd(text: string, start: number): number {
  let end = start
  // Nearly all are of ASCII, and every word of every text comes by here.
  while (isAsciiPart(text.charCodeAt(end), end > start)) end++
  return text.charCodeAt(end) >= 0x80 ? endBeyondAscii(text, start, end) : end
}

function isAsciiPart(code: number, inside: boolean): boolean {
  return isLetter(code) || (inside && code >= 0x30 && code <= 0x39)
}

function endBeyondAscii(text: string, start: number, from: number): number {
  let end = from
  const size = (): number => (end === start ? startSize(text, end) : partSize(text, end))
  for (let next = size(); next > 0; next = size()) end += next
  return end
}

/** Whether the whole text is one identifier. */
export function isIdentifier(text: string): boolean {
  return text !== '' && identifierEnd(text, 0) === text.length
}

/** How many UTF-16 units of an identifier's first character stand at `index`; 0 for none. */
function startSize(text: string, index: number): number {
  const code = text.charCodeAt(index)
  if (code < 0x80) return isLetter(code) ? 1 : 0
  return sizeOf(text, index, START)
}

function partSize(text: string, index: number): number {
  const code = text.charCodeAt(index)
  if (code < 0x80) return isLetter(code) || (code >= 0x30 && code <= 0x39) ? 1 : 0
  return sizeOf(text, index, PART)
}

function sizeOf(text: string, index: number, allowed: RegExp): number {
  const codePoint = text.codePointAt(index)
  if (codePoint === undefined) return 0
  const character = String.fromCodePoint(codePoint)
  return allowed.test(character) ? character.length : 0
}

function isLetter(code: number): boolean {
  return ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) || code === 0x5f
}

const START = /^\p{ID_Start}$/u
const PART = /^\p{ID_Continue}$/u
