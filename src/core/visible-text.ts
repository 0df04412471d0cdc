/**
 * A text in which nothing hides: what ends a line, turns the direction of writing or speaks to a terminal is spelled out, as
 * in `\u202e`. Messages hold what somebody outside wrote, and must look the same in every log. Line feeds and tabs stay: our
 * own texts have them.
 */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, spelledOut)
}

/** The same of what has one line: it cannot begin a second one. */
export function visibleLine(text: string): string {
  return text.replace(UNPRINTABLE, spelledOut)
}

function spelledOut(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** No letter is among them, nor the joiners that some scripts write with. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu
const HIDDEN = new RegExp(`(?!\n|\t|\r\n)${UNPRINTABLE.source}`, 'gu')
