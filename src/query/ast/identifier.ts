/**
 * The index after the identifier that begins at `start`, or `start` where none begins: letters, digits and underscores of
 * any script, not beginning with a digit.
 */
export function identifierEnd(text: string, start: number): number {
  let end = start
  // Nearly all are of ASCII, and every word of every text comes by here. Code that looks behind a text's end is not optimized.
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code >= 0x80) return endBeyondAscii(text, start, end)
    if (!isLetter(code) && (end === start || !isDigit(code))) return end
  }
  return end
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
  if (code < 0x80) return isLetter(code) || isDigit(code) ? 1 : 0
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

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

const START = /^\p{ID_Start}$/u
const PART = /^\p{ID_Continue}$/u
