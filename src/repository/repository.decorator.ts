import type { EntityTarget, ObjectLiteral, Repository as TypeOrmRepository } from 'typeorm'
import type { Class } from '../core/metadata'
import { refuseStandardDecorator, registerComponent } from '../di'
import { InvalidRepositoryError } from './errors'
import { wrapRepositoryMethods } from './implicit-boundary'
import { defineRepository } from './repository-definition'

/** What `@Repository` may be told beside the entity: where it works, and how it is injected. */
export interface RepositoryOptions {
  /** The entity that queries over properties are about. */
  readonly entity?: EntityTarget<ObjectLiteral>
  /** The data source's name. Default `'default'`. */
  readonly dataSource?: string
  /** Whether it wins where several components could be injected. */
  readonly primary?: boolean
}

/** TypeORM's own repository, so that one import serves the decorator and the type. */
export type Repository<T extends ObjectLiteral> = TypeOrmRepository<T>

/**
 * Makes a class a repository: a component whose public async methods run in a transaction, and whose declared queries the
 * framework writes.
 *
 * Its own methods are read-write; `@Query` reads are read-only; inside a transaction they join it. Database errors come out
 * translated ({@link DatabaseError}). `@Transactional` on a method, or on the class, says otherwise.
 *
 * @example
 * import { CrudRepository, Query, Repository } from 'ambit'
 * @Repository(User)
 * class UserRepository extends CrudRepository<User, number> {
 *   @Query({ where: 'username = :username', result: 'one' })
 *   declare findByUsername: (username: string) => Promise<User | null>
 * }
 *
 * @throws InvalidRepositoryError `AMBIT_REPOSITORY_INVALID`
 */
export function Repository(entityOrOptions?: EntityTarget<ObjectLiteral> | RepositoryOptions): (target: Class) => void {
  const { entity, dataSource = 'default', primary = false } = optionsOf(entityOrOptions)
  return (target: Class, ...rest: unknown[]) => {
    refuseStandardDecorator('@Repository()', rest[0])
    defineRepository(target, { entity, dataSource })
    registerComponent(target, { stereotype: 'repository', primary })
    wrapRepositoryMethods(target, dataSource)
  }
}

function optionsOf(given: EntityTarget<ObjectLiteral> | RepositoryOptions | undefined): RepositoryOptions {
  if (given === undefined) return {}
  if (!isOptions(given)) return { entity: given }
  for (const name of Object.keys(given)) if (!KNOWN.includes(name)) throw unknownOption(name)
  return given
}

/** Entity schemas are objects too, of a class of their own; options are plain. */
function isOptions(given: EntityTarget<ObjectLiteral> | RepositoryOptions): given is RepositoryOptions {
  return typeof given === 'object' && Object.getPrototypeOf(given) === Object.prototype
}

const KNOWN: readonly string[] = ['entity', 'dataSource', 'primary'] satisfies (keyof RepositoryOptions)[]

function unknownOption(name: string): InvalidRepositoryError {
  return new InvalidRepositoryError('AMBIT_REPOSITORY_INVALID', {
    what: `@Repository has no option '${name}'.`,
    next: `Use ${KNOWN.join(', ')}.`,
  })
}
