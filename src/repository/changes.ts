import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import type { ColumnMetadata, RelationMetadata } from '../query/compile/metadata-types'
import { storesAsIs } from '../query/compile/plain-columns'
import { unknownProperty } from '../query/execute/query-problems'
import type { UpdateSet } from '../query/plan/update-plans'
import { EmptyUpdateError, InvalidChangesError } from './errors'

/**
 * What an UPDATE is to set: each property checked against the entity, its value as its column stores it. `undefined` is left
 * out at every depth (TypeORM would store null for one inside an embedded object); a relation takes an entity or its key.
 *
 * @throws EmptyUpdateError `AMBIT_REPOSITORY_EMPTY_UPDATE`, InvalidChangesError `AMBIT_REPOSITORY_CHANGES`,
 * UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`
 */
export function readChanges(dataSource: DataSource, site: ChangeSite, changes: unknown): UpdateSet {
  const set = new Map<ColumnMetadata, unknown>()
  const given = isObject(changes) ? collect(site, changes, '', set) : {}
  if (set.size === 0) throw emptyUpdate(site.label)
  const { driver } = dataSource
  const stored = [...set].map(([column, value]) => {
    // A function stands for SQL, as in TypeORM's own updates.
    const asIs = typeof value === 'function' || storesAsIs(driver, column)
    return asIs ? value : (driver.preparePersistentValue(value, column) as unknown)
  })
  return { given, columns: [...set.keys()], stored }
}

/** What is changed, and where a mistake is told to be. */
export interface ChangeSite {
  readonly metadata: EntityMetadata
  readonly label: string
}

type Collected = Map<ColumnMetadata, unknown>

/** Answers what TypeORM is to be given; a class's own prototype stays, because listeners look at it. */
function collect(site: ChangeSite, changes: ObjectLiteral, prefix: string, set: Collected): ObjectLiteral {
  const given = Object.create(Object.getPrototypeOf(changes) as object | null) as ObjectLiteral
  for (const [key, value] of Object.entries(changes) as [string, unknown][]) {
    const path = `${prefix}${key}`
    if (value === undefined) continue
    const relation = site.metadata.findRelationWithPropertyPath(path)
    if (site.metadata.findEmbeddedWithPropertyPath(path)) given[key] = collectEmbedded(site, path, value, set)
    else if (relation) setRelation(site, relation, value, { given, key, set })
    else {
      add(site, columnOf(site, key, path), value, set)
      given[key] = value
    }
  }
  return given
}

function collectEmbedded(site: ChangeSite, path: string, value: unknown, set: Collected): ObjectLiteral {
  if (isObject(value)) return { ...collect(site, value, `${path}.`, set) }
  throw refused(
    site,
    `'${path}' is made of several columns, and was given no object.`,
    'Set its properties one by one.',
  )
}

function setRelation(
  site: ChangeSite,
  relation: RelationMetadata,
  value: unknown,
  { given, key, set }: { readonly given: ObjectLiteral; readonly key: string; readonly set: Collected },
): void {
  const { joinColumns, propertyPath } = relation
  requireWhole(site, relation, value)
  for (const column of joinColumns) {
    const part = isEntity(value) ? keyPart(site, column, propertyPath, value) : value
    add(site, column, part, set)
    // A join column that is a property too is read by its own name.
    if (column.isVirtual) given[key] = joinColumns.length > 1 ? value : part
    else given[column.propertyName] = part
  }
}

function requireWhole(site: ChangeSite, relation: RelationMetadata, value: unknown): void {
  const { isManyToOne, isOneToOneOwner, joinColumns, propertyPath } = relation
  if (!isManyToOne && !isOneToOneOwner) {
    throw refused(site, `'${propertyPath}' is stored in other rows.`, 'Change those, or use save(), which cascades.')
  }
  const whole = isEntity(value) || value === null || typeof value === 'function'
  if (whole || joinColumns.length === 1) return
  throw refused(site, `'${propertyPath}' has a key of several columns.`, 'Pass an object that has all of them.')
}

/** TypeORM would store null for an entity that was never saved. */
function keyPart(site: ChangeSite, column: ColumnMetadata, path: string, entity: object): unknown {
  const part = column.referencedColumn?.getEntityValue(entity) as unknown
  if (part !== undefined && part !== null) return part
  throw refused(site, `The entity given for '${path}' has no key.`, 'Save it first, or pass null for no entity.')
}

/** The column of a property that an UPDATE may set. */
function columnOf(site: ChangeSite, key: string, path: string): ColumnMetadata {
  const { metadata, label } = site
  // A key with a dot in it is no property, though there may be a path like it.
  const column = key.includes('.') ? undefined : metadata.findColumnWithPropertyPath(path)
  if (column === undefined) throw unknownProperty(metadata, path, label)
  if (column.isUpdate && !column.isVirtualProperty && column.generatedType === undefined) return column
  throw refused(site, `'${path}' is never updated, as its column is declared.`, 'Leave it out of the changes.')
}

function add({ label, metadata }: ChangeSite, column: ColumnMetadata, value: unknown, set: Collected): void {
  if (set.has(column)) {
    const what = `The changes set the column of '${column.propertyPath}' twice.`
    throw refused({ label, metadata }, what, 'Set the relation, or the property that holds its key.')
  }
  set.set(column, value)
}

function isObject(value: unknown): value is ObjectLiteral {
  return typeof value === 'object' && value !== null
}

function isEntity(value: unknown): value is object {
  return isObject(value) && !(value instanceof Date) && !(value instanceof Uint8Array)
}

function refused({ label, metadata }: ChangeSite, what: string, next: string): InvalidChangesError {
  const text = { what: `${label} cannot set that in ${metadata.name}: ${what}`, where: label, next }
  return new InvalidChangesError('AMBIT_REPOSITORY_CHANGES', text)
}

function emptyUpdate(where: string): EmptyUpdateError {
  return new EmptyUpdateError('AMBIT_REPOSITORY_EMPTY_UPDATE', {
    what: 'There is nothing to set.',
    where,
    next: 'Pass at least one property with a value; null clears a column.',
  })
}
