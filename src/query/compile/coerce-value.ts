import { numberOperand } from '../ast/decimal-node'
import { LiteralNode } from '../ast/literal-node'
import type { Operand, Placeholder } from '../ast/operand'
import { ValueNode } from '../ast/value-node'
import type { ColumnKind } from './column-kind'
import { isDay, isTimeOfDay, momentOf } from './iso-dates'
import type { ColumnMetadata } from './metadata-types'

/** An operand that holds its value. */
export type HeldOperand = Exclude<Operand, Placeholder>

/** How the values of a kind of column are read, and what to call them. */
export interface ValueRule {
  /** Completes "takes …". */
  readonly expected: (column: ColumnMetadata) => string
  /** The value in the form of the column; `undefined` where it has none. */
  readonly read: (operand: HeldOperand, column: ColumnMetadata) => HeldOperand | undefined
}

/** A rule for each kind of column. What a text says is read; nothing is rounded, cut or guessed. */
export const VALUE_RULES: Readonly<Record<ColumnKind, ValueRule>> = {
  text: rule('text', operand => (isText(operand) && isStorable(operand.value) ? operand : undefined)),
  smallint: wholeNumber(-(2n ** 15n), 2n ** 15n - 1n),
  integer: wholeNumber(-(2n ** 31n), 2n ** 31n - 1n),
  bigint: wholeNumber(-(2n ** 63n), 2n ** 63n - 1n),
  decimal: rule('a number', operand => numberIn(operand)),
  real: rule('a number of single precision', operand => float(operand, Math.fround)),
  double: rule('a number', operand => float(operand, value => value)),
  boolean: rule('true or false', truth),
  date: rule("a day, as in '2026-01-31'", operand =>
    isDate(operand) || (isText(operand) && isDay(operand.value)) ? operand : undefined,
  ),
  time: rule("a time of day, as in '12:30:00'", operand =>
    isText(operand) && isTimeOfDay(operand.value) ? operand : undefined,
  ),
  timestamp: rule("a moment of ISO 8601 to the millisecond, as in '2026-01-31T12:30:00Z'", moment),
  uuid: rule('a UUID', operand => (isText(operand) && UUID.test(operand.value) ? operand : undefined)),
  enum: {
    expected: ({ enum: members = [] }) => `one of ${members.map(member => `'${String(member)}'`).join(', ')}`,
    read: (operand, { enum: members = [] }) =>
      LiteralNode.is(operand) && members.some(member => String(member) === String(operand.value)) ? operand : undefined,
  },
  json: rule('no text: a test for null, or an object of the program', objectOf),
  bytes: rule('bytes of the program', objectOf),
  list: rule('an array of the program', objectOf),
  other: rule('whatever its type takes', operand => operand),
}

function rule(expected: string, read: ValueRule['read']): ValueRule {
  return { expected: () => expected, read }
}

function wholeNumber(least: bigint, most: bigint): ValueRule {
  return rule(`a whole number from ${String(least)} to ${String(most)}`, operand => {
    const number = numberIn(operand)
    if (number?.kind !== 'literal' || !isWhole(number.value)) return undefined
    return number.value >= least && number.value <= most ? number : undefined
  })
}

function isWhole(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isInteger(value)
}

/** Databases refuse what is too large or too small for the type, rather than to round it. */
function float(operand: HeldOperand, rounded: (value: number) => number): HeldOperand | undefined {
  const digits = digitsOf(operand) ?? largeNumber(operand)
  if (digits === undefined) return undefined
  const value = Number(digits)
  if (!Number.isFinite(rounded(value)) || (rounded(value) === 0 && /[1-9]/.test(mantissaOf(digits)))) return undefined
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? ValueNode.create(value) : LiteralNode.create(value)
}

/** `Number.MAX_VALUE` and the like, which are no literals. */
function largeNumber(operand: HeldOperand): string | undefined {
  return ValueNode.is(operand) && typeof operand.value === 'number' ? String(operand.value) : undefined
}

function mantissaOf(digits: string): string {
  return digits.split(/e/i, 1).join('')
}

/** The number that an operand is, or whose digits it says, to the last of them. */
function numberIn(operand: HeldOperand): HeldOperand | undefined {
  if (LiteralNode.is(operand) && typeof operand.value === 'number') return operand
  const digits = digitsOf(operand)
  return digits === undefined ? undefined : numberOperand(digits)
}

function digitsOf(operand: HeldOperand): string | undefined {
  if (operand.kind === 'decimal') return operand.digits
  if (!LiteralNode.is(operand)) return undefined
  const { value } = operand
  if (typeof value === 'string') return isNumber(value) ? value : undefined
  return typeof value === 'boolean' ? undefined : String(value)
}

/** With the limits that the language has for numbers, so that no text makes large work. */
function isNumber(text: string): boolean {
  if (text.length > MAX_DIGITS || !NUMBER.test(text)) return false
  return Math.abs(Number(/e(.*)/i.exec(text)?.[1] ?? 0)) <= MAX_DIGITS
}

function truth(operand: HeldOperand): HeldOperand | undefined {
  if (!LiteralNode.is(operand)) return undefined
  const value = TRUTHS.get(String(operand.value).toLowerCase())
  return value === undefined ? undefined : LiteralNode.create(value)
}

function moment(operand: HeldOperand): HeldOperand | undefined {
  if (isDate(operand)) return operand
  const date = isText(operand) ? momentOf(operand.value) : undefined
  return date && ValueNode.create(date)
}

function objectOf(operand: HeldOperand): HeldOperand | undefined {
  return ValueNode.is(operand) && typeof operand.value === 'object' ? operand : undefined
}

function isDate(operand: HeldOperand): boolean {
  return ValueNode.is(operand) && operand.value instanceof Date && !Number.isNaN(operand.value.getTime())
}

function isText(operand: HeldOperand): operand is LiteralNode & { readonly value: string } {
  return LiteralNode.is(operand) && typeof operand.value === 'string'
}

/** PostgreSQL stores no NUL, and half a surrogate pair is no character. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && !LONE_SURROGATE.test(text)
}

const MAX_DIGITS = 1_000
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,9})?$/
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i
const LONE_SURROGATE = /\p{Cs}/u

const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
])
