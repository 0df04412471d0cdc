import { after, type Prompt } from '../../core/prompt'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import type { OrderTerm } from '../ast/order-term'
import { type EntitySelection, foldedNames, type Range } from '../compile/entity-builder'
import { rowBuilder, rowCountBuilder, type RowSelection } from '../compile/row-builder'
import type { CallValues } from '../compile/values'
import { missingKeys, placeNames, rowWindowBuilder, windowKind } from '../compile/window-builder'
import { takesFixedStatements } from '../plan/eligibility'
import { type Construction, valuesHydration } from '../plan/hydration'
import { type PlacedRow, placedReaders } from '../plan/placed-rows'
import { entityReaders } from '../plan/row-reader'
import { slotsLike } from '../plan/slot'
import type { StreamCall } from './entity-batches'
import { EntityQuery } from './entity-query'
import type { CheckedSelect } from './projected-columns'
import { RowQuery } from './row-query'
import type { RowStream } from './row-stream'

/** A query that selects some properties of an entity, ready for calls. */
export class ProjectionQuery {
  readonly select: CheckedSelect
  readonly selection: RowSelection
  readonly #rows: RowQuery<object>
  readonly #reader: FixedStatement<object>['reader']
  #places: RowQuery<PlacedRow<object>> | undefined

  constructor(selection: EntitySelection, select: CheckedSelect, distinct: boolean) {
    const values = select.columns.map(({ path }, index) => ({
      alias: `ambit_${index}`,
      sql: (at: ColumnAt) => at(path),
    }))
    this.select = select
    this.selection = { ...selection, values, distinct }
    this.#reader = readerOf(selection, select)
    this.#rows = new RowQuery({ ...selection, names: this.#names(foldedNames), reader: this.#reader })
  }

  #names(ofOrder: (order: readonly OrderTerm[]) => readonly string[]): readonly string[] {
    const { values, order } = this.selection
    return [...values.map(({ alias }) => alias), ...ofOrder(order)]
  }

  /** The same query in another order. */
  ordered(order: readonly OrderTerm[]): ProjectionQuery {
    return new ProjectionQuery({ ...this.selection, order }, this.select, this.selection.distinct)
  }

  rows(values: CallValues, range: Range): Prompt<object[]> {
    // Texts with an offset are too many to remember.
    const kind = range.offset === undefined ? String(range.limit) : undefined
    return this.#rows.rows(kind, call => rowBuilder(this.selection, call, range), values)
  }

  /** The rows behind the place that the values name, each with its own place. The order is to be total. */
  window(values: CallValues, limit: number): Prompt<readonly PlacedRow<object>[]> {
    const { selection } = this
    const isNull = missingKeys(values)
    this.#places ??= this.#placedRows()
    return this.#places.limited(
      windowKind(isNull),
      (call, range) => rowWindowBuilder(selection, call, isNull, range),
      values,
      limit,
    )
  }

  #placedRows(): RowQuery<PlacedRow<object>> {
    const { selection } = this
    const keys = selection.order.map((_, at) => selection.values.length + at)
    return new RowQuery({ ...selection, names: this.#names(placeNames), reader: placedReaders(this.#reader, keys) })
  }

  /** The rows one by one; nothing is sent before the first is asked for. */
  stream(values: CallValues, call: StreamCall): RowStream<object> {
    const { limit } = call
    return this.#rows.stream(String(limit), each => rowBuilder(this.selection, each, { limit }), values, call)
  }

  /** What it sends, where no argument is null. */
  textOf(range: Range): string {
    return rowBuilder(this.selection, slotsLike(NO_VALUES), range).getQueryAndParameters()[0]
  }

  /** What it sends for the first window. */
  windowText(limit: number): string {
    return rowWindowBuilder(this.selection, slotsLike(NO_VALUES), undefined, { limit }).getQueryAndParameters()[0]
  }

  /** What it sends to count its rows. */
  countText(): string {
    const { selection } = this
    if (!selection.distinct) return new EntityQuery(selection).textOf('count')
    return rowCountBuilder(selection, slotsLike(NO_VALUES)).getQueryAndParameters()[0]
  }

  /** How many rows there are. */
  count(values: CallValues): Prompt<number> {
    const { selection } = this
    if (!selection.distinct) return new EntityQuery(selection).count(values)
    const counts = new RowQuery({
      ...selection,
      names: ['n'],
      reader:
        () =>
        ([n]) =>
          Number(n ?? 0),
    })
    return after(
      counts.rows(undefined, call => rowCountBuilder(selection, call), values),
      ([n]) => n ?? 0,
    )
  }

  /** Whether it is one statement of ours and nothing else. */
  selectsAlone(): boolean {
    return takesFixedStatements(this.selection.dataSource)
  }
}

const NO_VALUES: CallValues = { named: {}, positional: [] }

type ColumnAt = (path: string) => string

function readerOf(
  { dataSource }: EntitySelection,
  { columns, shape, target }: CheckedSelect,
): FixedStatement<object>['reader'] {
  const places = columns.map(({ name, column }, at) => ({
    name: shape === 'arguments' ? String(at) : name,
    from: column,
  }))
  const construct: Construction =
    shape === 'properties' && target ? { kind: 'constructor', target } : { kind: 'literal' }
  // No row is left out of them, whatever it holds.
  const readers = entityReaders(valuesHydration(dataSource, construct, places)) as FixedStatement<object>['reader']
  if (shape !== 'arguments' || target === undefined) return readers
  return parsers => {
    const read = readers(parsers)
    // Properties that are numbers come in their order.
    return cells => new target(...(Object.values(read(cells)) as unknown[]))
  }
}
