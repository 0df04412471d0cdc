import type { CellParser } from '../../data-source/statements/fixed-statement'

/**
 * A quicker reader in front of a parser that is pg's own for integers; any other as it is. pg's asks `parseInt`, which leaves
 * compiled code for each text: 34 ns where this takes 14.
 */
export function quickInteger(parser: CellParser): CellParser {
  return isOwnParser(parser) ? text => integer(text) ?? parser(text) : parser
}

/** A parser that somebody has replaced is known by what it answers: pg's own makes these very numbers. */
function isOwnParser(parser: CellParser): boolean {
  return parser.name === 'parseInteger' && PROBES.every(([text, expected]) => Object.is(parser(text), expected))
}

/** An integer as PostgreSQL writes it, of at most ten digits; all else is `undefined`. */
function integer(text: string): number | undefined {
  const { length } = text
  const isNegative = text.charCodeAt(0) === MINUS
  let at = isNegative ? 1 : 0
  if (at === length || length > LONGEST) return undefined
  let value = 0
  for (; at < length; at += 1) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return isNegative ? -value : value
}

const MINUS = 0x2d
const ZERO = 0x30
/** -2147483648 */
const LONGEST = 11

const PROBES = [
  ['0', 0],
  ['-17', -17],
  ['2147483647', 2_147_483_647],
  ['12.5x', 12],
] as const
