import { readSqlToken } from '../core/sql-tokens'

/**
 * Whether a text begins or ends a transaction, in its first statement or a later one. Inside a scope that would end the
 * scope's own transaction behind its back: what comes later would be stored although the method fails. `ROLLBACK TO` a
 * savepoint is no end.
 */
export function endsTransaction(text: string): boolean {
  return controlsAt(text, 0) || (text.includes(';') && endsLater(text))
}

/** The statements behind the first, told by the semicolons that are not inside quotes and comments. */
function endsLater(text: string): boolean {
  // The body of an SQL function has statements and an END of its own.
  if (FUNCTION_BODY.test(text)) return false
  for (let at = 0; at < text.length;) {
    const { kind, start, end } = readSqlToken(text, at)
    if (kind === 'symbol' && text[start] === ';' && controlsAt(text, end)) return true
    at = end
  }
  return false
}

function controlsAt(text: string, index: number): boolean {
  CONTROL.lastIndex = index
  return CONTROL.test(text)
}

const BLANKS = String.raw`(?:\s|;|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/)*`
const WORDS = [
  'begin',
  String.raw`start\s+transaction`,
  'commit',
  'end',
  'abort',
  String.raw`rollback(?!\s+(?:(?:work|transaction)\s+)?to\b)`,
  String.raw`prepare\s+transaction`,
]
/** Sticky: it is asked at the start of each statement. */
const CONTROL = new RegExp(`${BLANKS}(?:${WORDS.join('|')})\\b`, 'iy')
const FUNCTION_BODY = /\bbegin\s+atomic\b/i
