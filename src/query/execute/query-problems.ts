import type { EntityMetadata } from 'typeorm'
import { propertyPathsOf } from '../ast/conditions'
import { isToMany, propertyCatalogue, resolveProperty } from '../compile/entity-properties'
import { nearMisses } from '../../core/near-misses'
import { QueryDeclarationError, UnknownPropertyError } from '../errors'
import type { EntitySelection } from '../compile/entity-builder'
import type { QueryContext } from './query-context'

/** The entity of a query over properties. */
export function requireMetadata({ metadata }: QueryContext, label: string): EntityMetadata {
  if (metadata) return metadata
  throw new QueryDeclarationError('AMBIT_QUERY_NO_ENTITY', {
    what: `${label} is a query over properties, but its repository names no entity.`,
    where: label,
    next: 'Write @Repository(Entity) on the class, or use @Query.sql(…).',
  })
}

/** Every property that a query reads or sorts by must exist, and be reachable. */
export function requireProperties({ metadata, predicate, order }: EntitySelection, label: string): void {
  const paths = [...(predicate ? propertyPathsOf(predicate) : []), ...order.map(term => term.path)]
  for (const path of paths) requireProperty(metadata, path, label)
}

/**
 * @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`, QueryDeclarationError `AMBIT_QUERY_UNSUPPORTED`
 */
export function requireProperty(metadata: EntityMetadata, path: string, label: string): void {
  const resolved = resolveProperty(metadata, path)
  if (resolved === undefined) throw unknownProperty(metadata, path, label)
  if (resolved.relations.some(isToMany)) {
    throw unsupported(label, `A condition or sort through the collection in '${path}'`, 'Use @Query.sql(…) for it.')
  }
}

function unknownProperty(metadata: EntityMetadata, path: string, label: string): UnknownPropertyError {
  const catalogue = propertyCatalogue(metadata)
  const at = path.lastIndexOf('.')
  const owner = at < 0 ? '' : path.slice(0, at)
  const prefix = at < 0 ? '' : `${owner}.`
  const names = catalogue.propertyNames(owner)
  const suggestions = nearMisses(path.slice(at + 1), names).map(name => prefix + name)
  const known = names.map(name => prefix + name).join(', ')
  return new UnknownPropertyError(
    {
      what: `'${path}' is no property of ${metadata.name}.`,
      where: label,
      next: suggestions.length > 0 ? `Did you mean ${suggestions.join(' or ')}?` : `Use one of ${known}.`,
    },
    { entity: metadata.name, property: path, suggestions },
  )
}

export function kindMismatch(label: string, result: string, possible: readonly string[]): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_KIND_MISMATCH', {
    what: `${label} cannot answer '${result}'.`,
    where: label,
    next: `Use ${possible.map(each => `'${each}'`).join(', ')}.`,
  })
}

export function unsupported(label: string, what: string, next: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_UNSUPPORTED', {
    what: `${what} is not supported yet (${label}).`,
    where: label,
    next,
  })
}
