import { invalidNode } from './invalid-node'
import { LiteralNode } from './literal-node'

/** A number written in the query that neither `number` nor `bigint` holds exactly; bound as its digits. */
export interface DecimalNode {
  readonly kind: 'decimal'
  /** As written, in lower case and without a leading plus: `'1234567890.123456789'`, `'1e400'`. */
  readonly digits: string
}

export const DecimalNode = Object.freeze({
  is(node: { readonly kind: string }): node is DecimalNode {
    return node.kind === 'decimal'
  },

  /** @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for text that is no decimal number */
  create(digits: string): DecimalNode {
    if (!NUMBER.test(digits))
      throw invalidNode('The text of a decimal is no number.', "Pass digits, as in '-12.50' or '1e400'.")
    return Object.freeze({ kind: 'decimal', digits: digits.toLowerCase().replace(/^\+/, '') })
  },
})

/**
 * The operand for a number's text that loses none of its digits: a literal where JavaScript holds it exactly, else a decimal.
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for text that is no decimal number
 */
export function numberOperand(text: string): LiteralNode | DecimalNode {
  const digits = shortInteger(text)
  if (digits !== undefined) return LiteralNode.create(digits)
  if (/^[+-]?\d+$/.test(text)) return LiteralNode.create(BigInt(text.replace(/^\+/, '')))
  const decimal = DecimalNode.create(text)
  const value = Number(text)
  return isExact(value) && sameNumber(text, String(value)) ? LiteralNode.create(value) : decimal
}

/** What a few digits say: safe whatever they are. Most numbers are of this kind. */
function shortInteger(text: string): number | undefined {
  const from = text.startsWith('-') ? 1 : 0
  if (text.length === from || text.length > SHORT) return undefined
  let value = 0
  for (let at = from; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return from === 0 ? value : -value
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
}

function sameNumber(left: string, right: string): boolean {
  return normalForm(left) === normalForm(right)
}

/** Sign, digits without zeros at either end, and the exponent that belongs to them. */
function normalForm(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = withoutTrailingZeros(digits)
  if (significant === '') return '0'
  const power = Number(exponent) - fraction.length + (digits.length - significant.length)
  return `${sign === '-' ? '-' : ''}${significant}e${String(power)}`
}

/** A loop, because `/0+$/` takes quadratic time on runs of zeros. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits[end - 1] === '0') end--
  return digits.slice(0, end)
}

const SHORT = 15
const NUMBER = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/
