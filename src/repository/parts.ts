import type { ObjectLiteral, Repository } from 'typeorm'
import type { Specification } from '../query/builder/specification'
import { DynamicQueries, type DynamicQuery } from '../query/execute/dynamic-queries'
import { KeyQuery } from '../query/execute/key-query'
import type { QueryContext } from '../query/execute/query-context'
import { bindingOf } from './binding'
import { InvalidRepositoryError } from './errors'
import { idMap } from './identity'

/** What the methods of all repositories are made of. Functions, so that classes of users inherit no names they did not ask for. */

/** Whose call it is, for messages: 'UserRepository.findMany'. */
export function labelOf(repository: object, method: string): string {
  return `${repository.constructor.name}.${method}`
}

/** @throws InvalidRepositoryError `AMBIT_REPOSITORY_INVALID` */
export function ormOf(repository: object): Repository<ObjectLiteral> {
  const { orm } = bindingOf(repository)
  if (orm === undefined) throw withoutEntity(repository)
  return orm
}

/**
 * For queries of our own: they need an entity as TypeORM's repository does.
 *
 * @throws InvalidRepositoryError `AMBIT_REPOSITORY_INVALID`
 */
export function contextOf(repository: object): QueryContext {
  const { context, orm } = bindingOf(repository)
  if (orm === undefined) throw withoutEntity(repository)
  return context
}

/** `undefined` where TypeORM's own way must be taken. */
export function keyQueryOf(repository: object): KeyQuery | undefined {
  return KeyQuery.of(bindingOf(repository).context)
}

/** @throws InvalidIdError `AMBIT_REPOSITORY_NO_ID` */
export function keyMapOf(repository: object, method: string, id: unknown): object {
  return idMap(ormOf(repository).metadata, id, labelOf(repository, method))
}

export function dynamicQuery(
  repository: object,
  label: string,
  specification: Specification<never> | undefined,
): DynamicQuery {
  return DynamicQueries.of(contextOf(repository)).prepare({ specification }, label)
}

function withoutEntity({ constructor: { name } }: object): InvalidRepositoryError {
  return new InvalidRepositoryError('AMBIT_REPOSITORY_INVALID', {
    what: `${name} has no entity.`,
    where: name,
    next: `Write @Repository(Entity) on ${name}.`,
  })
}
