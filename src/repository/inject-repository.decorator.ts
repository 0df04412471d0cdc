import type { EntityTarget, ObjectLiteral, Repository } from 'typeorm'
import { Inject, type InjectionDecorator, InjectionToken } from '../di'

const tokens = new WeakMap<object, Map<string, InjectionToken<unknown>>>()

/**
 * The token under which TypeORM's repository of an entity is registered.
 *
 * @example
 * import { repositoryToken } from 'ambit'
 * const users = app.get(repositoryToken(User))
 */
export function repositoryToken<T extends ObjectLiteral>(
  entity: EntityTarget<T> & object,
  dataSource = 'default',
): InjectionToken<Repository<T>> {
  let byDataSource = tokens.get(entity)
  if (!byDataSource) tokens.set(entity, (byDataSource = new Map<string, InjectionToken<unknown>>()))
  let token = byDataSource.get(dataSource)
  if (!token)
    byDataSource.set(dataSource, (token = new InjectionToken(`Repository<${nameOf(entity)}> of '${dataSource}'`)))
  return token as InjectionToken<Repository<T>>
}

/**
 * Injects TypeORM's own repository of an entity. It is ambient: inside a scope it works in the scope's transaction.
 *
 * Use it where a class wants TypeORM's interface, without a repository of its own.
 *
 * @example
 * import { InjectRepository, Service, Transactional } from 'ambit'
 * import type { Repository } from 'typeorm'
 * @Service()
 * class Signup {
 *   constructor(@InjectRepository(User) private readonly users: Repository<User>) {}
 *
 *   @Transactional()
 *   async register(username: string): Promise<User> { return this.users.save({ username }) }
 * }
 */
export function InjectRepository(
  entity: EntityTarget<ObjectLiteral> & object,
  dataSource?: string,
): InjectionDecorator {
  return Inject(repositoryToken(entity, dataSource))
}

function nameOf(entity: EntityTarget<ObjectLiteral> & object): string {
  return (entity as { name?: string }).name ?? (entity as { options?: { name?: string } }).options?.name ?? 'entity'
}
