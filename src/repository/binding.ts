import type { ObjectLiteral, Repository } from 'typeorm'
import type { QueryContext } from '../query/execute/query-context'
import { InvalidRepositoryError } from './errors'

/** What an application gives a repository that it built. */
export interface RepositoryBinding {
  readonly context: QueryContext
  /** `undefined` for a repository without an entity. */
  readonly orm: Repository<ObjectLiteral> | undefined
}

const bindings = new WeakMap<object, RepositoryBinding>()

export function bindRepository(instance: object, binding: RepositoryBinding): void {
  bindings.set(instance, binding)
}

/**
 * @throws InvalidRepositoryError `AMBIT_REPOSITORY_UNBOUND`
 */
export function bindingOf(instance: object): RepositoryBinding {
  const binding = bindings.get(instance)
  if (binding) return binding
  const name = instance.constructor.name
  throw new InvalidRepositoryError('AMBIT_REPOSITORY_UNBOUND', {
    what: `${name} was used, but no application built it.`,
    where: name,
    next: `Decorate it with @Repository(Entity), give it to bootstrap({ components: [${name}] }), and inject it.`,
  })
}
