import type { CellParser } from '../../data-source/statements/fixed-statement'
import { quickInteger } from './postgres-integer'
import { quickTimestamp } from './postgres-timestamp'

/** The parsers, with quicker readers in front of those that are pg's own; what these cannot read the parsers do. */
export function quickParsers(parsers: readonly CellParser[]): readonly CellParser[] {
  return parsers.map(parser => quickTimestamp(quickInteger(parser)))
}
