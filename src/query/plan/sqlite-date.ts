import { secondsText, twoDigits } from './date-text'

/** A date as TypeORM stores it, `2024-02-28 12:34:56.789` or without milliseconds; all else is left to TypeORM. */
export function sqliteDate(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined
  const milliseconds = value.length === 19 ? 0 : value.length === 23 ? millisecondsOf(value) : NaN
  if (Number.isNaN(milliseconds)) return undefined
  const found = secondsText(value)
  if (found === undefined) return undefined
  const [year = 0, month = 0, day, hour, minute, second] = found
  return new Date(Date.UTC(year, month, day, hour, minute, second, milliseconds))
}

function millisecondsOf(text: string): number {
  return text[19] === '.' ? twoDigits(text, 20) * 10 + twoDigits(`0${text[22] ?? ''}`, 0) : NaN
}
