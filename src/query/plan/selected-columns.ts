import type { DataSource } from 'typeorm'
import { ALIAS } from '../compile/entity-builder'
import type { ColumnMetadata } from '../compile/metadata-types'

/** What a select answers: the columns that were asked for, in their order. */
export interface SelectedColumns {
  /** Their names, and behind them those of columns that only sort. */
  readonly names: readonly string[]
}

/**
 * The columns of a select that TypeORM has written, in their order; `undefined` where its text is not made of bare columns
 * (values wrapped in functions, names cut to the database's length), which then is TypeORM's to read.
 */
export function selectedColumns(
  { driver }: DataSource,
  columns: readonly ColumnMetadata[],
  text: string,
): SelectedColumns | undefined {
  const own = columns.map(({ databaseName }) => `${ALIAS}_${databaseName}`)
  const escaped = (name: string): string => driver.escape(name)
  const list = columns.map(
    ({ databaseName }) => `${escaped(ALIAS)}.${escaped(databaseName)} AS ${escaped(`${ALIAS}_${databaseName}`)}`,
  )
  const head = `SELECT ${list.join(', ')}`
  if (!text.startsWith(head)) return undefined
  const rest = text.slice(head.length, text.indexOf(' FROM ', head.length))
  const names = [...own, ...sortingNames(rest)]
  return new Set(names).size === names.length ? { names } : undefined
}

function sortingNames(rest: string): string[] {
  return [...rest.matchAll(/ AS "(ambit_order_[^"]*)"/g)].map(([, name = '']) => name)
}
