import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import { onUndo } from '../../data-source/statements/on-undo'
import type { ColumnMetadata } from '../compile/metadata-types'

/**
 * Keys, versions, dates and defaults that come into entities with their rows go with them: called before a write, it puts
 * back what the properties held, should the rows be rolled back.
 */
export function restoreOnRollback(
  dataSource: DataSource,
  metadata: EntityMetadata,
  entities: readonly ObjectLiteral[],
): void {
  const columns = writtenColumns(metadata)
  const before: unknown[] = []
  for (const entity of entities) for (const column of columns) before.push(valueOf(entity, column))
  onUndo(dataSource, () => {
    let at = 0
    for (const entity of entities) for (const column of columns) put(entity, column, before[at++])
  })
}

function writtenColumns(metadata: EntityMetadata): readonly ColumnMetadata[] {
  const known = written.get(metadata)
  if (known) return known
  const all = new Set([...metadata.primaryColumns, ...metadata.getInsertionReturningColumns()])
  const own = [...all].filter(column => !column.isVirtual && column.relationMetadata === undefined)
  written.set(metadata, own)
  return own
}

const written = new WeakMap<EntityMetadata, readonly ColumnMetadata[]>()

function put(entity: ObjectLiteral, column: ColumnMetadata, value: unknown): void {
  if (valueOf(entity, column) === value) return
  if (value === undefined && column.embeddedMetadata === undefined) Reflect.deleteProperty(entity, column.propertyName)
  else column.setEntityValue(entity, value)
}

function valueOf(entity: ObjectLiteral, column: ColumnMetadata): unknown {
  return column.embeddedMetadata === undefined ? entity[column.propertyName] : column.getEntityValue(entity)
}
