import type { EntityMetadata } from 'typeorm'
import type { OrderTerm } from '../ast/order-term'
import type { Predicate } from '../ast/predicate'
import { BoundParameters } from './bound-parameters'
import { quotedColumn } from './element-select'
import { resolveProperty } from './entity-properties'
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
  /** Wraps the value where it is selected in another form than it has: it is still compared and ordered by itself. */
  readonly form?: ((value: string) => string) | undefined
  /** Whether it answers numbers: then comparisons are those of numbers, whatever the form of the value. */
  readonly numeric: boolean
  /** Whether a transformer makes its values: what they are compared with goes through it as well. */
  readonly transformed?: boolean
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
    const text = columns.text(column)
    builder.addSelect(column.form?.(text) ?? text, column.alias)
    if (column.call === undefined) builder.addGroupBy(text)
  }
  restrictGroups(builder, selection, columns, call)
  for (const term of selection.groupOrder) {
    const column = columns.named(term.path)
    orderBy(builder, column.form === undefined ? column.alias : columns.text(column), term)
  }
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
function orderBy(builder: SelectBuilder, key: string, { direction, nulls }: OrderTerm): void {
  builder.addOrderBy(key, direction, `NULLS ${nulls ?? (direction === 'ASC' ? 'LAST' : 'FIRST')}`)
}

/** The column whose values a value or a group is compared with, of a path that has been checked. */
export function comparedAs(metadata: EntityMetadata, { numeric, path, transformed }: AggregateColumn): ColumnMetadata {
  if (path === undefined || (numeric && transformed !== true)) return NUMBER
  const column = resolveProperty(metadata, path)?.column
  if (column === undefined) throw new TypeError(`unchecked property path '${path}'`)
  return column
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
    const column = comparedAs(this.#selection.metadata, found)
    // The cast gives the expression a type: SQLite compares a number with a text by their kinds otherwise.
    return { text: found.numeric ? `CAST(${text} AS NUMERIC)` : text, column }
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
