import type { CellParser, FixedStatement, RowReader } from '../../data-source/statements/fixed-statement'
import { closureReader } from './closure-reader'
import { generatedReader, mayGenerate } from './generated-reader'
import type { Hydration } from './hydration'
import { quickParsers } from './quick-parsers'

/** An entity, or nothing for a row in which all is null, as after TypeORM's transformer. */
export type EntityReader = RowReader<object | undefined>

/** Makes the readers of a statement's rows, by code generation where that is allowed. */
export function entityReaders(hydration: Hydration): FixedStatement<object | undefined>['reader'] {
  return parsers => readerOf(hydration, parsers && quickParsers(parsers))
}

function readerOf(hydration: Hydration, parsers: readonly CellParser[] | undefined): EntityReader {
  return mayGenerate() ? generatedReader(hydration, parsers) : closureReader(hydration, parsers)
}
