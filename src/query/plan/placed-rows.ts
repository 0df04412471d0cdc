import type { FixedStatement } from '../../data-source/statements/fixed-statement'

/** A row and its place in the order: the values of its keys, as exact as the database can say them. */
export interface PlacedRow<R> {
  readonly row: R
  readonly keys: readonly unknown[]
}

type Readers<R> = FixedStatement<R>['reader']

/** Reads rows whose keys stand in the cells `keys`. Keys are texts for every parser, and what drivers answer for texts. */
export function placedReaders<R>(reader: Readers<R>, keys: readonly number[]): Readers<PlacedRow<R>> {
  return parsers => {
    const read = reader(parsers)
    return cells => ({ row: read(cells), keys: keys.map(at => cells[at]) })
  }
}
