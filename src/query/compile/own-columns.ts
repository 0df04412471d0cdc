import type { EntityMetadata } from 'typeorm'
import { propertyPathsOf } from '../ast/conditions'
import type { Predicate } from '../ast/predicate'
import { resolveProperty } from './entity-properties'

/** The first path of a predicate that is stored in rows of others; `undefined` for one over the entity's own columns. */
export function pathElsewhere(metadata: EntityMetadata, predicate: Predicate): string | undefined {
  return propertyPathsOf(predicate).find(path => resolveProperty(metadata, path)?.relations.length !== 0)
}
