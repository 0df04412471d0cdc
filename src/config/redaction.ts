/** Takes values out of a message that somebody else wrote: the texts, numbers and dates in them, wherever they stand. */
export function redacted(message: string, values: readonly unknown[]): string {
  const texts = values.flatMap(textsOf).sort((left, right) => right.length - left.length)
  return texts.reduce((text, value) => text.replaceAll(patternOf(value), '…'), message)
}

/** A short value is taken out where it stands by itself, so that an `a` leaves words whole. */
function patternOf(value: string): RegExp {
  const literal = value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return value.length >= 4 ? new RegExp(literal, 'g') : new RegExp(`(?<![\\w.])${literal}(?![\\w])`, 'g')
}

function textsOf(value: unknown): readonly string[] {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? [] : [value.toISOString()]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  if (typeof value === 'object' && value !== null) return innerValues(value).flatMap(textsOf)
  return SHOWING.includes(typeof value) && value !== '' ? [String(value), escaped(String(value))] : []
}

/** Secrets of settings objects are properties that are not enumerable. */
function innerValues(value: object): readonly unknown[] {
  return Object.values(Object.getOwnPropertyDescriptors(value)).map(each => each.value as unknown)
}

/** As JSON and the console write a text with quotes or several lines, such as a key in PEM. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** True and false, null and nothing tell nothing. */
const SHOWING: readonly string[] = ['string', 'number', 'bigint']

/**
 * A text as a report may show it: what stands in an address or a connection text as a password is taken out. A text in JSON
 * holds settings of its own, any of which may be secret.
 */
export function withoutPasswords(text: string): string {
  return JSON_OF_MAPS.test(text) ? MASK : text.replace(IN_ADDRESS, '$1***@').replace(BY_NAME, '$1$2***')
}

/** Whether a key sounds like a secret that nobody has marked as one. */
export function soundsSecret(key: string): boolean {
  return SECRET_KEY.test(key)
}

/** What is shown in place of a secret. */
export const MASK = '***'

const JSON_OF_MAPS = /^\s*(?:\{|\[.*\{)/s
/** Up to the last `@` of the address: a password may hold one, or a slash, that nobody has escaped. */
const IN_ADDRESS = /([a-z][\w+.-]*:\/\/[^/\s:@]*:)\S*@/gi
const BY_NAME =
  /\b(\w*(?:passw|pwd|passphrase|secret|token|(?:api|account|access|private)[-_]?key)\w*)(\s*=\s*)[^&;\s]*/gi
const SECRET_KEY =
  /passw|pwd|passphrase|secret|token|credential|(?:api|account|private|access|signing|encryption)[-_]?key/i
