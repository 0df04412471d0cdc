import type { EntityTarget, ObjectLiteral, Repository as TypeOrmRepository } from 'typeorm'
import type { Class } from '../core/metadata'
import { refuseMember, refuseStandardDecorator, registerComponent } from '../di'
import { InvalidRepositoryError } from './errors'
import { type Fragment, mixFragments, type ReadFragment } from './fragments'
import { wrapRepositoryMethods } from './implicit-boundary'
import { defineRepository, repositoryDefinition } from './repository-definition'

/** What `@Repository` may be told beside the entity: where it works, how it is injected, and what else it can do. */
export interface RepositoryOptions {
  /** The entity that queries over properties are about. */
  readonly entity?: EntityTarget<ObjectLiteral>
  /** The data source's name. Default `'default'`. */
  readonly dataSource?: string
  /** Whether it wins where several components could be injected. */
  readonly primary?: boolean
  /** Components whose public methods it has; the first that has a method wins, also over CrudRepository. */
  readonly fragments?: readonly Fragment[]
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
export function Repository(
  entityOrOptions?: EntityTarget<ObjectLiteral> | RepositoryOptions,
  further: Omit<RepositoryOptions, 'entity'> = {},
): (target: Class) => void {
  const { entity, dataSource = 'default', primary = false, fragments = [] } = optionsOf(entityOrOptions, further)
  return (target: Class, ...rest: unknown[]) => {
    refuseStandardDecorator('@Repository()', rest[0])
    refuseMember('@Repository', target, rest)
    const mixed = [...mixFragments(target, fragments), ...inheritedFragments(target)]
    defineRepository(target, { entity, dataSource, fragments: mixed })
    // Those that are no classes are told of at start-up, with all else.
    const parts = [...new Set(mixed.flatMap(({ use }) => use ?? []))]
    registerComponent(target, { stereotype: 'repository', primary, parts })
    wrapRepositoryMethods(target, dataSource)
  }
}

/** The delegates are inherited, and so is what they call. */
function inheritedFragments(target: Class): readonly ReadFragment[] {
  const base = Object.getPrototypeOf(target) as Class | null
  if (typeof base !== 'function') return []
  return repositoryDefinition(base)?.fragments ?? inheritedFragments(base)
}

function optionsOf(
  given: EntityTarget<ObjectLiteral> | RepositoryOptions | undefined,
  further: RepositoryOptions,
): RepositoryOptions {
  const first = given === undefined ? {} : isOptions(given) ? given : { entity: given }
  const options = { ...further, ...first }
  for (const name of Object.keys(options)) if (!KNOWN.includes(name)) throw unknownOption(name)
  return options
}

/** Entity schemas are objects too, of a class of their own; options are plain. */
function isOptions(given: EntityTarget<ObjectLiteral> | RepositoryOptions): given is RepositoryOptions {
  return typeof given === 'object' && Object.getPrototypeOf(given) === Object.prototype
}

const KNOWN: readonly string[] = ['entity', 'dataSource', 'primary', 'fragments'] satisfies (keyof RepositoryOptions)[]

function unknownOption(name: string): InvalidRepositoryError {
  return new InvalidRepositoryError('AMBIT_REPOSITORY_INVALID', {
    what: `@Repository has no option '${name}'.`,
    next: `Use ${KNOWN.join(', ')}.`,
  })
}
