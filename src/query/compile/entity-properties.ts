import type { EntityMetadata } from 'typeorm'
import { type ColumnKind, NUMBER_KINDS, storedKind } from './column-kind'
import type { ColumnMetadata, RelationMetadata } from './metadata-types'
import type { PropertyCatalogue, PropertyInfo, PropertyType } from '../derived/property-catalogue'

/** A property path, followed through relations to its column. */
export interface ResolvedProperty {
  /** The relations to join, outermost first. */
  readonly relations: readonly RelationMetadata[]
  readonly column: ColumnMetadata
}

/**
 * Follows a path such as `username`, `address.city` (embedded) or `team.name` (relation) through the metadata.
 * `undefined` where there is no such column.
 */
export function resolveProperty(metadata: EntityMetadata, path: string): ResolvedProperty | undefined {
  const column = metadata.findColumnWithPropertyPath(path)
  // For a collection with a table of its own, TypeORM answers a column of that table.
  if (column?.relationMetadata?.isManyToMany !== true && column) return { relations: [], column }
  for (const relation of metadata.relations) {
    if (!path.startsWith(`${relation.propertyPath}.`)) continue
    const rest = resolveProperty(relation.inverseEntityMetadata, path.slice(relation.propertyPath.length + 1))
    if (rest) return { relations: [relation, ...rest.relations], column: rest.column }
  }
  return undefined
}

/** A property path, cut behind the first relation to many in it. */
export interface CollectionPath {
  /** The relations to one that lead to the collection, outermost first. */
  readonly relations: readonly RelationMetadata[]
  readonly collection: RelationMetadata
  /** The path of the collection. */
  readonly path: string
  /** What the path says of an element; empty where it ends at the collection. */
  readonly rest: string
}

/** The first relation to many that a path ends at or goes through; `undefined` where there is none. */
export function resolveCollection(metadata: EntityMetadata, path: string): CollectionPath | undefined {
  for (const relation of metadata.relations) {
    const { propertyPath, inverseEntityMetadata } = relation
    if (path !== propertyPath && !path.startsWith(`${propertyPath}.`)) continue
    const rest = path.slice(propertyPath.length + 1)
    if (isToMany(relation)) return { relations: [], collection: relation, path: propertyPath, rest }
    const below = resolveCollection(inverseEntityMetadata, rest)
    if (below) return { ...below, relations: [relation, ...below.relations], path: `${propertyPath}.${below.path}` }
  }
  return undefined
}

/** Whether a path, which may go through others, ends at a relation to many. */
export function isCollection(metadata: EntityMetadata, path: string): boolean {
  const found = resolveCollection(metadata, path)
  if (found === undefined || found.rest === '') return found !== undefined
  return isCollection(found.collection.inverseEntityMetadata, found.rest)
}

/** The entity of a collection's elements; `undefined` where the path is none. */
export function elementsOf(metadata: EntityMetadata, path: string): EntityMetadata | undefined {
  const found = resolveCollection(metadata, path)
  if (found === undefined) return undefined
  const { inverseEntityMetadata } = found.collection
  return found.rest === '' ? inverseEntityMetadata : elementsOf(inverseEntityMetadata, found.rest)
}

/** What the query language may know of an entity. */
export function propertyCatalogue(metadata: EntityMetadata): PropertyCatalogue {
  return {
    entityName: metadata.name,
    resolve: path => propertyInfo(metadata, path),
    propertyNames: path => propertyNames(metadata, path),
  }
}

function propertyInfo(metadata: EntityMetadata, path: string): PropertyInfo | undefined {
  const resolved = resolveProperty(metadata, path)
  if (resolved) return { type: typeOf(resolved.column) }
  if (isCollection(metadata, path)) return { type: 'other', collection: true }
  const { metadata: owner, rest } = relationAt(metadata, path)
  return rest === '' || owner.findEmbeddedWithPropertyPath(rest) ? { type: 'other' } : undefined
}

/** What to name in place of an embedded object, or of a relation without one column of its own; none for what is neither. */
export function pathsBelow(metadata: EntityMetadata, path: string): readonly string[] {
  const { metadata: owner, rest } = relationAt(metadata, path)
  const prefix = path.slice(0, path.length - rest.length)
  const columns = rest === '' ? owner.primaryColumns : owner.findEmbeddedWithPropertyPath(rest)?.columnsFromTree
  const dot = rest === '' && prefix !== '' ? '.' : ''
  return (columns ?? []).map(({ propertyPath }) => `${prefix}${dot}${propertyPath}`)
}

function propertyNames(metadata: EntityMetadata, path: string): readonly string[] {
  const at = relationAt(metadata, path)
  const prefix = at.rest === '' ? '' : `${at.rest}.`
  const paths = [...at.metadata.columns, ...at.metadata.relations].map(({ propertyPath }) => propertyPath)
  const below = paths.filter(each => each.startsWith(prefix)).map(each => each.slice(prefix.length))
  return [...new Set(below.map(each => each.split('.')[0] ?? each))]
}

/** Walks the relations of a path; what is left names an embedded, or nothing. */
function relationAt(metadata: EntityMetadata, path: string): { metadata: EntityMetadata; rest: string } {
  for (const relation of metadata.relations) {
    const { propertyPath } = relation
    if (path === propertyPath) return { metadata: relation.inverseEntityMetadata, rest: '' }
    if (path.startsWith(`${propertyPath}.`)) {
      return relationAt(relation.inverseEntityMetadata, path.slice(propertyPath.length + 1))
    }
  }
  return { metadata, rest: path }
}

/** Whether joining it may repeat the entity's row. */
export function isToMany(relation: RelationMetadata): boolean {
  return relation.isOneToMany || relation.isManyToMany
}

/** `undefined` where nobody knows the type: then every operator is let through. */
function typeOf(column: ColumnMetadata): PropertyType | undefined {
  const kind = storedKind(column)
  if (NUMBER_KINDS.has(kind)) return 'number'
  return kind === 'other' ? undefined : (TYPE_OF_KIND[kind] ?? 'other')
}

const TYPE_OF_KIND: Readonly<Partial<Record<ColumnKind, PropertyType>>> = {
  text: 'string',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'date',
}
