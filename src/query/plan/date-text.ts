/** Days that every year has; the 29th of February is left to the slower reader. */
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

const ZERO = 48

/** The number that two digits of a text are, or NaN. */
export function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO
  const ones = text.charCodeAt(at + 1) - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN
}

/** Year, month (from 0), day, hour, minute and second of `2024-02-28 12:34:56…`; `undefined` for anything unusual. */
export function secondsText(text: string): readonly number[] | undefined {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  if (!isMarked(text)) return undefined
  const inYear = year >= 1000 && day >= 1 && day <= (DAYS[month - 1] ?? 0)
  const inDay = hour <= 23 && minute <= 59 && second <= 59
  return inYear && inDay ? [year, month - 1, day, hour, minute, second] : undefined
}

function isMarked(text: string): boolean {
  return text[4] === '-' && text[7] === '-' && text[10] === ' ' && text[13] === ':' && text[16] === ':'
}
