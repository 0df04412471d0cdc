import type { EntityMetadata } from 'typeorm'
import { resolveProperty } from '../compile/entity-properties'
import type { ColumnMetadata } from '../compile/metadata-types'
import { QueryDeclarationError } from '../errors'
import { isProjection, type Select } from '../projection/projection'
import { requireProperty } from './query-problems'

/** A column that a query selects, and the name of its value in the result. */
export interface ProjectedColumn {
  readonly name: string
  readonly path: string
  readonly column: ColumnMetadata
}

/** What a query selects, checked against the entity. */
export interface CheckedSelect {
  readonly columns: readonly ProjectedColumn[]
  /** Plain objects; instances whose properties are set; or instances whose constructor takes the values. */
  readonly shape: 'plain' | 'properties' | 'arguments'
  readonly target: (new (...values: unknown[]) => object) | undefined
}

/**
 * @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`; QueryDeclarationError `AMBIT_QUERY_OPTION`,
 * `AMBIT_QUERY_UNSUPPORTED` for a path through a collection
 */
export function checkSelect(metadata: EntityMetadata, select: Select, label: string): CheckedSelect {
  const { from, target } = isProjection(select) ? select : { from: select, target: undefined }
  const named = namedPaths(from, label)
  if (named.length === 0) throw invalidSelect(label, 'selects nothing', 'Name at least one property.')
  // It would be what the row inherits from, and no property of it.
  if (named.some(([name]) => name === '__proto__'))
    throw invalidSelect(label, "calls a value '__proto__'", 'Give it another name.')
  if (target === undefined && isList(from)) refuseUnnamed(metadata, from, label)
  const columns = named.map(([name, path]) => ({ name, path, column: columnAt(metadata, path, label) }))
  const shape = target === undefined ? 'plain' : isList(from) ? 'arguments' : 'properties'
  // The values are what the author of the projection says that the constructor takes.
  return { columns, shape, target: target as CheckedSelect['target'] }
}

/** The error for a `distinct` without a `select`. */
export function distinctEntities(label: string): QueryDeclarationError {
  const next = "Leave distinct out, or say which properties: select: ['name']."
  return invalidSelect(label, 'asks for distinct entities; entities are never repeated', next)
}

type From = Exclude<Select, { readonly target: unknown }>

function namedPaths(from: unknown, label: string): readonly (readonly [name: string, path: string])[] {
  if (typeof from !== 'object' || from === null) throw noSelect(label)
  const named: (readonly [string, unknown])[] = Array.isArray(from)
    ? from.map(path => [String(path), path])
    : Object.entries(from)
  return named.map(([name, path]) => {
    if (typeof path !== 'string') throw noSelect(label)
    return [name, path]
  })
}

function columnAt(metadata: EntityMetadata, path: string, label: string): ColumnMetadata {
  requireProperty(metadata, path, label)
  const column = resolveProperty(metadata, path)?.column
  if (column !== undefined && !column.isVirtualProperty) return column
  throw invalidSelect(label, `selects '${path}', which is computed by a query of its own`, 'Load the entity for it.')
}

/** In a list a name is the property's own: of what lies deeper, and of a key, it would say something else. */
function refuseUnnamed(metadata: EntityMetadata, from: readonly string[], label: string): void {
  const twice = from.find((path, at) => from.indexOf(path) !== at)
  if (twice !== undefined) throw invalidSelect(label, `selects '${twice}' twice`, 'Name each property once.')
  for (const path of from) {
    const relation = metadata.findRelationWithPropertyPath(path) !== undefined
    if (relation || path.includes('.')) throw unnamed(metadata, path, label, relation)
  }
}

function unnamed(metadata: EntityMetadata, path: string, label: string, relation: boolean): QueryDeclarationError {
  requireProperty(metadata, path, label)
  const written = relation ? `${path}.id` : path
  const next = `Give it one: select: { ${path.split('.').at(-1) ?? path}: '${written}' }.`
  return invalidSelect(label, `selects '${path}', which has no name of its own in the result`, next)
}

function isList(from: From): from is readonly string[] {
  return Array.isArray(from)
}

function noSelect(label: string): QueryDeclarationError {
  const next = "Pass ['name', …], { name: 'path', … } or projection(Class, …)."
  return invalidSelect(label, 'has a select that is no list and no object of paths', next)
}

function invalidSelect(label: string, problem: string, next: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', { what: `${label} ${problem}.`, where: label, next })
}
