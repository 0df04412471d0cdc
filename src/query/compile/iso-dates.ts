/**
 * The moment that a text of ISO 8601 names; without a zone in UTC, a day alone its beginning. `undefined` for days that no
 * calendar has, and for more than milliseconds, which a Date would lose.
 *
 * @example
 * momentOf('2026-01-31T12:30:00+01:00')
 * momentOf('2026-02-30')                  // undefined
 */
export function momentOf(text: string): Date | undefined {
  const [, day, time = '00:00', zone = 'Z'] = MOMENT.exec(text) ?? []
  if (day === undefined || !isDay(day) || !isTimeOfDay(time)) return undefined
  if (zone !== 'Z' && !isTimeOfDay(zone.slice(1))) return undefined
  const date = new Date(`${day}T${time}${zone}`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** Whether a text is a day of the calendar, as in '2026-01-31'. */
export function isDay(text: string): boolean {
  if (!DAY.test(text) || text.startsWith('0000')) return false
  const date = new Date(`${text}T00:00:00Z`)
  // JavaScript takes February 30 for a day of March.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** Whether a text is a time of the clock: '12:30', '12:30:00', '12:30:00.123456'. */
export function isTimeOfDay(text: string): boolean {
  return TIME.test(text)
}

const DAY = /^\d{4}-\d{2}-\d{2}$/
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?$/
const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/
