import type { DataSource, EntityMetadata } from 'typeorm'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import type { ColumnMetadata } from '../compile/metadata-types'

/** By what an upsert knows a row, and what it gives one that is there. */
export interface UpsertColumns {
  readonly keys: readonly ColumnMetadata[]
  readonly set: readonly ColumnMetadata[]
  /** What the row that is there must satisfy, as SQL; `undefined`: nothing. */
  readonly condition?: string | undefined
}

/**
 * `ON CONFLICT (…) DO UPDATE SET … WHERE …`: what was given, the date of the update, and the next version. The key itself, and
 * when the row was made, stay. Something is always set: a row that is left alone would not be returned.
 */
export function upsertBehind(
  dataSource: DataSource,
  metadata: EntityMetadata,
  { keys, set, condition }: UpsertColumns,
): string {
  const quoted = ({ databaseName }: ColumnMetadata): string => dataSource.driver.escape(databaseName)
  const dated = metadata.columns.filter(column => column.isUpdateDate && !set.includes(column))
  const changed = [...set.filter(column => !staysInUpsert(column, keys)), ...dated]
  const values = changed.map(column => `${quoted(column)} = EXCLUDED.${quoted(column)}`)
  const versions = metadata.columns.filter(({ isVersion }) => isVersion)
  const table = dataSource.driver.escape(metadata.tableName)
  const next = versions.map(column => `${quoted(column)} = ${table}.${quoted(column)} + 1`)
  const same = keys.slice(0, 1).map(column => `${quoted(column)} = EXCLUDED.${quoted(column)}`)
  const all = [...values, ...next]
  const where = condition === undefined ? '' : ` WHERE ${condition}`
  return ` ON CONFLICT (${keys.map(quoted).join(', ')}) DO UPDATE SET ${(all.length > 0 ? all : same).join(', ')}${where}`
}

/** Whether a column of an entity is never given to a row by an upsert, however it is asked for. */
export function isNeverSet(column: ColumnMetadata, keys: readonly ColumnMetadata[]): boolean {
  return (
    staysInUpsert(column, keys) || !column.isInsert || column.isVirtualProperty || column.generatedType !== undefined
  )
}

/** Whether an upsert never gives a row that is there the value of an entity: the version goes up by itself. */
export function staysInUpsert(column: ColumnMetadata, keys: readonly ColumnMetadata[]): boolean {
  return keys.includes(column) || column.isPrimary || column.isVersion || column.isCreateDate || !column.isUpdate
}

/** The INSERT of one row with that behind it, answering those columns in place of its own. */
export function withBehind(
  { driver }: DataSource,
  insert: FixedStatement<unknown>,
  { behind, returned }: { readonly behind: string; readonly returned: readonly string[] },
): string {
  const answering = (columns: readonly string[]): string =>
    columns.length === 0 ? '' : ` RETURNING ${columns.map(name => driver.escape(name)).join(', ')}`
  const own = answering(insert.columns).length
  return `${own === 0 ? insert.text : insert.text.slice(0, -own)}${behind}${answering(returned)}`
}
