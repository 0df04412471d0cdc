import type { OrderTerm } from '../ast/order-term'
import type { Predicate } from '../ast/predicate'
import { BoundParameters } from './bound-parameters'
import { quotedColumn } from './element-select'
import { ALIAS, type EntitySelection, joinAll, type Range, restricted, type SelectBuilder } from './entity-builder'
import type { ColumnMetadata } from './metadata-types'
import { PredicateCompiler } from './predicate-compiler'
import type { PropertyReferences, References } from './property-references'
import type { QueryParameters } from './values'

/** A value or a group of an aggregation. */
export interface AggregateColumn {
  readonly name: string
  /** What it is selected as. */
  readonly alias: string
  /** `undefined`: the rows are counted. */
  readonly path: string | undefined
  /** Wraps the column; `undefined` for a group. */
  readonly call: ((column: string) => string) | undefined
  /** Whether it answers numbers: then comparisons are those of numbers, whatever the form of the value. */
  readonly numeric: boolean
}

/** Groups and values in place of entities. */
export interface AggregateSelection extends EntitySelection {
  readonly columns: readonly AggregateColumn[]
  readonly having: Predicate | undefined
  /** By the names of columns. */
  readonly groupOrder: readonly OrderTerm[]
}

/** `SELECT "state", COUNT(*), … FROM … WHERE … GROUP BY … HAVING … ORDER BY …`. */
export function aggregateBuilder(
  selection: AggregateSelection,
  call: QueryParameters,
  { limit, offset = 0 }: Range,
): SelectBuilder {
  const { builder, references } = restricted(selection, call)
  const columns = new AggregateReferences(selection, references)
  builder.select([])
  for (const column of selection.columns) {
    builder.addSelect(columns.text(column), column.alias)
    if (column.call === undefined) builder.addGroupBy(columns.text(column))
  }
  restrictGroups(builder, selection, columns, call)
  for (const term of selection.groupOrder) orderByAlias(builder, columns.named(term.path).alias, term)
  joinAll(builder, references)
  return builder.limit(limit).offset(offset === 0 ? undefined : offset)
}

function restrictGroups(
  builder: SelectBuilder,
  selection: AggregateSelection,
  columns: AggregateReferences,
  call: QueryParameters,
): void {
  if (selection.having === undefined) return
  const bound = new BoundParameters(call, 'ambit_having_')
  const { text, parameters } = new PredicateCompiler(selection, columns, bound).compile(selection.having)
  builder.having(text, { ...parameters })
}

/** Missing values stand where they stand in every other order. */
function orderByAlias(builder: SelectBuilder, alias: string, { direction, nulls }: OrderTerm): void {
  builder.addOrderBy(alias, direction, `NULLS ${nulls ?? (direction === 'ASC' ? 'LAST' : 'FIRST')}`)
}

/** In HAVING a path is the name of a value or a group. */
class AggregateReferences implements References {
  readonly alias = ALIAS
  readonly joins = []
  readonly #selection: AggregateSelection
  readonly #properties: PropertyReferences

  constructor(selection: AggregateSelection, properties: PropertyReferences) {
    this.#selection = selection
    this.#properties = properties
  }

  text({ path, call }: AggregateColumn): string {
    const write = quotedColumn(this.#selection.dataSource.driver)
    const own = path === undefined ? '*' : this.#properties.column(path, write).text
    return call === undefined ? own : call(own)
  }

  named(name: string): AggregateColumn {
    const found = this.#selection.columns.find(column => column.name === name)
    if (found === undefined) throw new TypeError(`unchecked name '${name}'`)
    return found
  }

  column(name: string): { text: string; column: ColumnMetadata } {
    const found = this.named(name)
    const text = this.text(found)
    // The cast gives the expression a type: SQLite compares a number with a text by their kinds otherwise.
    if (found.numeric || found.path === undefined) return { text: `CAST(${text} AS NUMERIC)`, column: NUMBER }
    return { text, column: this.#properties.column(found.path).column }
  }

  collectionAt(): undefined {
    return undefined
  }

  collection(): never {
    throw new TypeError('an aggregation has no collections')
  }
}

/** Only its type is looked at. */
const NUMBER = { type: 'numeric' } as unknown as ColumnMetadata
