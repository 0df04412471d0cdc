import type { DataSource, EntityMetadata } from 'typeorm'
import type { ColumnMetadata } from '../compile/metadata-types'
import { loadsAsIs } from '../compile/plain-columns'

/** What a subscriber can be told about an entity. */
export type EntityEvent = 'afterLoad' | `${'before' | 'after'}${'Insert' | 'Update' | 'Remove'}`

/** Whether statements of a data source may be sent by us: nothing in its options makes TypeORM do more than send them. */
export function takesFixedStatements({ driver, options }: DataSource): boolean {
  const { cache } = options
  const cachesAll = typeof cache === 'object' && cache.alwaysEnabled === true
  return DRIVERS.has(options.type) && !driver.isReplicated && !cachesAll
}

/** Whether loading entities is nothing but setting the properties of one object per row. */
export function loadsPlainly(dataSource: DataSource, metadata: EntityMetadata): boolean {
  return metadata.eagerRelations.length === 0 && hasPlainColumns(dataSource, metadata)
}

/** The same where somebody else loads the relations. Looked at once per entity. */
export function hasPlainColumns(dataSource: DataSource, metadata: EntityMetadata): boolean {
  let known = plain.get(metadata)
  if (known === undefined) plain.set(metadata, (known = hasPlainRows(dataSource, metadata)))
  return known
}

/**
 * Whether each row of a select is an entity, and nothing else is done for it: that of a stream, which puts no two of them
 * together. TypeORM does, by their keys, and takes moments of one millisecond for one.
 */
export function loadsRowByRow(dataSource: DataSource, metadata: EntityMetadata): boolean {
  return metadata.eagerRelations.length === 0 && hasRowsOfEntities(dataSource, metadata)
}

const plain = new WeakMap<EntityMetadata, boolean>()

/** Whether a subscriber is to be told of such an event. Asked with every call: subscribers may be added later. */
export function isHeard(
  { subscribers }: DataSource,
  { target }: EntityMetadata,
  events: readonly EntityEvent[],
): boolean {
  if (subscribers.length === 0) return false
  return subscribers.some(subscriber => {
    if (!events.some(event => subscriber[event] !== undefined)) return false
    const heard = subscriber.listenTo?.()
    if (heard === undefined || typeof heard === 'string' || heard === Object || heard === target) return true
    return typeof target !== 'function' || Object.prototype.isPrototypeOf.call(heard, target)
  })
}

const DRIVERS: ReadonlySet<string> = new Set(['postgres', 'better-sqlite3', 'sqlite'])

function hasPlainRows(dataSource: DataSource, metadata: EntityMetadata): boolean {
  return (
    hasRowsOfEntities(dataSource, metadata) && metadata.primaryColumns.every(column => keepsKeys(dataSource, column))
  )
}

function hasRowsOfEntities(dataSource: DataSource, metadata: EntityMetadata): boolean {
  return (
    takesFixedStatements(dataSource) &&
    dataSource.options.typename === undefined &&
    isOneTable(metadata) &&
    metadata.afterLoadListeners.length === 0 &&
    !loadsMore(metadata) &&
    metadata.columns.every(column => !column.isVirtualProperty) &&
    metadata.primaryColumns.length > 0 &&
    metadata.primaryColumns.every(column => column.isSelect && !column.isVirtual)
  )
}

/** Whether rows with different keys are told apart by the keys of their entities. */
function keepsKeys({ driver }: DataSource, column: ColumnMetadata): boolean {
  return loadsAsIs(driver, column) || (column.type === Number && column.transformer === undefined)
}

/** A table of its own, and of this entity only. */
export function isOneTable(metadata: EntityMetadata): boolean {
  return (
    metadata.tableType === 'regular' &&
    metadata.inheritancePattern === undefined &&
    metadata.discriminatorColumn === undefined &&
    metadata.childEntityMetadatas.length === 0 &&
    metadata.treeType === undefined
  )
}

/** Whether entities come with more than their own columns and their eager relations. */
function loadsMore(metadata: EntityMetadata): boolean {
  // TypeORM 0.3 has them, 1.x does not.
  const { relationCounts = [] } = metadata as { readonly relationCounts?: readonly unknown[] }
  const parts = [metadata.lazyRelations, metadata.relationIds, relationCounts]
  return parts.some(part => part.length > 0)
}
