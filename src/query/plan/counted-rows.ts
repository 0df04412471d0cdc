import type { Row } from './generated-values'

/**
 * How many rows, from the first, have keys that count on in one direction. A sequence counts in the order in which rows are
 * given, so that all of them do where that is the order of the answer. Keys that are no numbers are not looked at.
 */
export function countedRows(rows: readonly Row[], key: string): number {
  const numbers = rows.map(row => numberOf(row[key]))
  const [first = 0, second = 1] = numbers
  const ascends = first < second
  for (let at = 1; at < numbers.length; at += 1) {
    const before = numbers[at - 1]
    const number = numbers[at]
    if (before === undefined || number === undefined) break
    if (ascends ? before >= number : before <= number) return at
  }
  return rows.length
}

/** Drivers leave large numbers as texts. */
function numberOf(value: unknown): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : undefined
}
