import { quotedColumn } from './element-select'
import {
  type EntitySelection,
  joinAll,
  order,
  orderKeys,
  type Range,
  restricted,
  type SelectBuilder,
} from './entity-builder'
import type { PropertyReferences } from './property-references'
import type { QueryParameters } from './values'

/** A value that rows have: SQL over properties, as `SUM("entity"."total")`, and its name in the row. */
export interface RowValue {
  readonly alias: string
  readonly sql: (columnAt: (path: string) => string) => string
}

/** Rows of single values in place of entities. */
export interface RowSelection extends EntitySelection {
  readonly values: readonly RowValue[]
  readonly distinct: boolean
}

/** `SELECT "entity"."a" AS "ambit_0", … FROM …`: those values and no others. */
export function rowBuilder(
  selection: RowSelection,
  call: QueryParameters,
  { limit, offset = 0 }: Range,
): SelectBuilder {
  const { builder, references } = valuesBuilder(selection, call)
  builder.distinct(selection.distinct)
  orderKeys(selection, references).forEach((key, at) => order(builder, key, at))
  joinAll(builder, references)
  return builder.limit(limit).offset(offset === 0 ? undefined : offset)
}

/** The values and the condition alone: what else is added may join further relations. */
export function valuesBuilder(selection: RowSelection, call: QueryParameters): ValuesBuilder {
  const { builder, references } = restricted(selection, call)
  const write = quotedColumn(selection.dataSource.driver)
  const texts = selection.values.map(({ sql }) => sql(path => references.column(path, write).text))
  builder.select([])
  selection.values.forEach(({ alias }, at) => builder.addSelect(texts[at] ?? '', alias))
  return { builder, references, texts }
}

interface ValuesBuilder {
  readonly builder: SelectBuilder
  readonly references: PropertyReferences
  /** Of each value its SQL. */
  readonly texts: readonly string[]
}

/** How many rows there would be. */
export function rowCountBuilder(selection: RowSelection, call: QueryParameters): SelectBuilder {
  const rows = rowBuilder({ ...selection, order: [] }, call, {})
  const { manager } = selection.dataSource
  const counted = manager.createQueryBuilder().select('COUNT(*)', 'n').from(`(${rows.getQuery()})`, 'ambit_rows')
  return counted.setParameters(rows.getParameters())
}
