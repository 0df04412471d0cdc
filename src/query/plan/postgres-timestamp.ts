import type { CellParser } from '../../data-source/statements/fixed-statement'
import { secondsText, twoDigits } from './date-text'

/** A quicker reader in front of a parser that is pg's own for timestamps; any other as it is. */
export function quickTimestamp(parser: CellParser): CellParser {
  return isOwnParser(parser) ? text => timestamp(text) ?? parser(text) : parser
}

/** A parser that somebody has replaced is known by what it answers: pg's own makes these very dates. */
function isOwnParser(parser: CellParser): boolean {
  if (parser.name !== 'parseDate') return false
  return PROBES.every(([text, expected]) => {
    const found = parser(text)
    return found instanceof Date && found.constructor === Date && found.getTime() === expected
  })
}

/** Date and time as PostgreSQL writes them in ISO style, with a zone of whole hours or none; all else is `undefined`. */
function timestamp(text: string): Date | undefined {
  const found = secondsText(text)
  if (found === undefined) return undefined
  const [year = 0, month = 0, day, hour, minute, second] = found
  const fractionEnd = endOfFraction(text)
  const milliseconds = fractionEnd === FRACTION ? 0 : 1000 * Number(text.slice(FRACTION, fractionEnd))
  if (fractionEnd === text.length) return new Date(year, month, day, hour, minute, second, milliseconds)
  const hours = zoneHours(text, fractionEnd)
  if (Number.isNaN(hours)) return undefined
  return new Date(Date.UTC(year, month, day, hour, minute, second, milliseconds) - hours * HOUR)
}

/** Behind the seconds. */
const FRACTION = 19
const HOUR = 3_600_000

function endOfFraction(text: string): number {
  if (text[FRACTION] !== '.') return FRACTION
  let end = FRACTION + 1
  while (end < text.length && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end += 1
  return end > FRACTION + 1 ? end : FRACTION
}

function zoneHours(text: string, at: number): number {
  if (text.length !== at + 3) return NaN
  const hours = twoDigits(text, at + 1)
  return text[at] === '+' ? hours : text[at] === '-' ? -hours : NaN
}

const PROBES = [
  ['2024-02-28 12:34:56+00', Date.UTC(2024, 1, 28, 12, 34, 56)],
  ['1999-12-31 23:59:59.987654-05', Date.UTC(2000, 0, 1, 4, 59, 59, 987)],
  ['2024-07-01 00:00:00.5', new Date(2024, 6, 1, 0, 0, 0, 500).getTime()],
] as const
