import type { EntityTarget, ObjectLiteral } from 'typeorm'
import type { ReadFragment } from './fragments'
import { type Class, MetadataKey, ownMetadata, setMetadata } from '../core/metadata'

/** What `@Repository` said about a class. */
export interface RepositoryDefinition {
  /** `undefined` for a repository of raw SQL only. */
  readonly entity: EntityTarget<ObjectLiteral> | undefined
  readonly dataSource: string
  /** Also those of the repositories that it extends. */
  readonly fragments: readonly ReadFragment[]
}

const REPOSITORY = new MetadataKey<RepositoryDefinition>('repository')

export function defineRepository(target: Class, definition: RepositoryDefinition): void {
  setMetadata(target, REPOSITORY, Object.freeze(definition))
}

/** The definition of exactly this class; an undecorated subclass is no repository. */
export function repositoryDefinition(target: object): RepositoryDefinition | undefined {
  return ownMetadata(target, REPOSITORY)
}
