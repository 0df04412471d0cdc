import type { LeafNode, Scalar } from './node'
import type { EnumShape, ScalarShape, ScalarType } from './shape'

/** What a leaf is as a value of a shape; `undefined` where it is none. */
export function coerce(shape: ScalarShape | EnumShape, { value }: LeafNode): Exclude<Scalar, null> | undefined {
  return shape.kind === 'enum' ? enumValue(shape, value) : COERCIONS[shape.type](value)
}

/** By name first, then by value; a number may be written as a text. */
function enumValue({ members }: EnumShape, value: Scalar): string | number | undefined {
  const named = members.find(({ name }) => name === value)
  const found = named ?? members.find(member => member.value === value || String(member.value) === value)
  return found?.value
}

/** Texts become what they say; nothing else becomes another type: no boolean a number, no number a text. */
const COERCIONS = {
  string: value => (typeof value === 'string' ? value : undefined),
  number: value => {
    if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
    return typeof value === 'string' && DECIMAL.test(value.trim()) ? exact(value.trim()) : undefined
  },
  boolean: value => {
    if (typeof value === 'boolean') return value
    return typeof value === 'string' ? BOOLEANS.get(value.trim().toLowerCase()) : undefined
  },
  bigint: value => {
    if (typeof value === 'bigint') return value
    if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
    return typeof value === 'string' && INTEGER.test(value.trim()) ? bigIntOf(value.trim()) : undefined
  },
  date: value => {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : new Date(value)
    return typeof value === 'string' ? dateOf(value.trim()) : undefined
  },
} as const satisfies Record<ScalarType, (value: Scalar) => Exclude<Scalar, null> | undefined>

/** A number that is written out to its last digit is not made another one. */
function exact(text: string): number | undefined {
  const value = Number(text)
  if (!Number.isFinite(value)) return undefined
  return isTooLong(text) ? undefined : value
}

/** Whether a text is a whole number that a `number` cannot hold. */
export function isTooLong(text: string): boolean {
  return INTEGER.test(text) && bigIntOf(text) !== BigInt(Number(text))
}

function bigIntOf(text: string): bigint {
  return BigInt(text.replace('+', ''))
}

/** ISO 8601 only: what else `Date` reads depends on where the process runs. The 31st of February is no date. */
function dateOf(text: string): Date | undefined {
  const [, day] = ISO_DATE.exec(text) ?? []
  const date = new Date(text)
  if (day === undefined || Number.isNaN(date.getTime())) return undefined
  const midnight = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day) ? date : undefined
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const INTEGER = /^[+-]?\d+$/
/** A date is midnight in UTC; a time says its zone. */
const ISO_DATE = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/

const BOOLEANS = new Map([
  ...['true', '1', 'on', 'yes'].map(text => [text, true] as const),
  ...['false', '0', 'off', 'no'].map(text => [text, false] as const),
])
