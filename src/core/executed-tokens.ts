import { isBlank, readSqlToken } from './sql-tokens'

/** The words (in lower case) and symbols that a database executes, without comments; whatever is quoted or a number is `''`. */
export function* executedTokens(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const { kind, start, end } = readSqlToken(text, at)
    at = end
    if (isBlank(kind)) continue
    yield kind === 'word' || kind === 'symbol' ? text.slice(start, end).toLowerCase() : ''
  }
}
