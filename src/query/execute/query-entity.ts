import type { EntityMetadata } from 'typeorm'
import type { Class } from '../../core/metadata'
import type { QueryDeclaration } from '../declaration'
import { QueryDeclarationError } from '../errors'
import type { QueryContext } from './query-context'

/**
 * The context of a query whose entity `Query.of` may name. A repository has one entity: of another one it has no queries.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_ENTITY`
 */
export function withEntityOf({ entity }: QueryDeclaration, context: QueryContext, label: string): QueryContext {
  if (entity === undefined) return context
  const { metadata, dataSource } = context
  if (metadata === undefined) {
    if (!dataSource.hasMetadata(entity)) throw unmapped(entity, label)
    return { ...context, metadata: dataSource.getMetadata(entity) }
  }
  if (!isOrExtends(metadata, entity)) throw another(metadata, entity, label)
  return context
}

function isOrExtends({ target }: EntityMetadata, entity: Class): boolean {
  return target === entity || (typeof target === 'function' && target.prototype instanceof entity)
}

function another({ name }: EntityMetadata, entity: Class, label: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_ENTITY', {
    what: `${label} is a query of ${entity.name}, but its repository is one of ${name}.`,
    where: label,
    next: `Declare it in a repository of ${entity.name}, or in one without an entity: @Repository().`,
  })
}

function unmapped(entity: Class, label: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_ENTITY', {
    what: `${label} is a query of ${entity.name}, which its data source does not map.`,
    where: label,
    next: `Add ${entity.name} to the entities of the data source, and check that it is decorated with @Entity().`,
  })
}
