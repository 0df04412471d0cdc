import type { DataSource } from 'typeorm'
import { ALIAS } from '../compile/entity-builder'
import type { ColumnMetadata } from '../compile/metadata-types'

/** What a select answers: the columns that were asked for, in their order. */
export interface SelectedColumns {
  /** Their names, and behind them those of columns that rows are sorted or linked by. */
  readonly names: readonly string[]
}

/** Columns of one of the tables that a select reads. */
export interface AliasColumns {
  readonly alias: string
  readonly columns: readonly ColumnMetadata[]
}

/**
 * The columns of a select that TypeORM has written, in their order; `undefined` where its text is not made of bare columns
 * (values wrapped in functions, names cut to the database's length), which then is TypeORM's to read.
 */
export function selectedColumns(
  dataSource: DataSource,
  columns: readonly ColumnMetadata[],
  text: string,
): SelectedColumns | undefined {
  return selectedParts(dataSource, [{ alias: ALIAS, columns }], text)
}

/** As {@link selectedColumns}, of several tables. */
export function selectedParts(
  { driver }: DataSource,
  parts: readonly AliasColumns[],
  text: string,
): SelectedColumns | undefined {
  const all = parts.flatMap(({ alias, columns }) => columns.map(({ databaseName }) => ({ alias, databaseName })))
  const own = all.map(({ alias, databaseName }) => `${alias}_${databaseName}`)
  const escaped = (name: string): string => driver.escape(name)
  const list = all.map(
    ({ alias, databaseName }, at) => `${escaped(alias)}.${escaped(databaseName)} AS ${escaped(own[at] ?? '')}`,
  )
  const head = `SELECT ${list.join(', ')}`
  if (!text.startsWith(head)) return undefined
  const rest = text.slice(head.length, text.indexOf(' FROM ', head.length))
  const names = [...own, ...namesOfOurs(rest)]
  return new Set(names).size === names.length ? { names } : undefined
}

function namesOfOurs(rest: string): string[] {
  return [...rest.matchAll(/ AS "(ambit_(?:order|key|owner)_[^"]*)"/g)].map(([, name = '']) => name)
}
