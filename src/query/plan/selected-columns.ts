import type { DataSource, EntityMetadata } from 'typeorm'
import { ALIAS } from '../compile/entity-builder'
import type { ColumnMetadata } from '../compile/metadata-types'

/** What a select answers. */
export interface SelectedColumns {
  /** The entity's columns, which come first. */
  readonly columns: readonly ColumnMetadata[]
  /** The names of all columns: those that only sort follow. */
  readonly names: readonly string[]
}

/**
 * The columns of a select that TypeORM has written, in their order; `undefined` where its text is not made of bare columns
 * (values wrapped in functions, names cut to the database's length), which then is TypeORM's to read.
 */
export function selectedColumns(
  { driver }: DataSource,
  metadata: EntityMetadata,
  text: string,
): SelectedColumns | undefined {
  const columns = metadata.columns.filter(column => column.isSelect)
  const own = columns.map(({ databaseName }) => `${ALIAS}_${databaseName}`)
  const escaped = (name: string): string => driver.escape(name)
  const list = columns.map(
    ({ databaseName }) => `${escaped(ALIAS)}.${escaped(databaseName)} AS ${escaped(`${ALIAS}_${databaseName}`)}`,
  )
  const head = `SELECT ${list.join(', ')}`
  if (!text.startsWith(head)) return undefined
  const rest = text.slice(head.length, text.indexOf(' FROM ', head.length))
  const names = [...own, ...sortingNames(rest)]
  return new Set(names).size === names.length ? { columns, names } : undefined
}

function sortingNames(rest: string): string[] {
  return [...rest.matchAll(/ AS "(ambit_order_[^"]*)"/g)].map(([, name = '']) => name)
}
