import type { DeepPartial, EntityManager, ObjectLiteral, Repository } from 'typeorm'
import { countAll, findAll, findPage, findWhereIn } from '../query/execute/find-all'
import { InsertQuery } from '../query/execute/insert-query'
import { KeyQuery } from '../query/execute/key-query'
import type { Page } from '../query/paging/page'
import { PageRequest } from '../query/paging/page-request'
import type { Sort } from '../query/paging/sort'
import { bindingOf } from './binding'
import { EmptyUpdateError, EntityNotFoundError, InvalidRepositoryError } from './errors'
import { idMap, keyValues } from './identity'

/**
 * The everyday operations on one entity; extend it, and decorate the subclass with `@Repository(Entity)`.
 *
 * Each method is transactional by itself (reads read-only, writes read-write) and joins a transaction that is active. A read
 * that is a single select goes without BEGIN and COMMIT where nothing could tell.
 * Identifiers are a value, or an object for composite keys.
 *
 * @example
 * import { CrudRepository, Repository } from 'ambit'
 * @Repository(User)
 * class UserRepository extends CrudRepository<User, number> {}
 *
 * const alice = await users.save({ username: 'alice', active: true })   // INSERT INTO "user" … RETURNING "id"
 * await users.findById(alice.id)                                        // SELECT … WHERE "id" = $1 LIMIT 1
 *
 * @throws InvalidIdError `AMBIT_REPOSITORY_NO_ID` from every method that takes an identifier; DatabaseError
 * `AMBIT_DATABASE_*` where the database refuses
 */
export abstract class CrudRepository<T extends ObjectLiteral, Id = number> {
  /** The entity, for the compiler; there is no such property at run time. */
  declare readonly '~entity'?: T
  declare readonly '~id'?: Id

  /** TypeORM's repository, ambient: the escape hatch for what this class does not offer. */
  get orm(): Repository<T> {
    const { orm } = bindingOf(this)
    if (orm === undefined) throw withoutEntity(this)
    // The binding was made for this class's own entity.
    return orm as unknown as Repository<T>
  }

  /** TypeORM's entity manager, ambient. */
  get manager(): EntityManager {
    return bindingOf(this).context.dataSource.manager
  }

  /** The entity with that identifier, or null. */
  async findById(id: Id): Promise<T | null> {
    return this.#find('findById', id)
  }

  /**
   * The entity with that identifier.
   *
   * @throws EntityNotFoundError `AMBIT_REPOSITORY_NOT_FOUND`
   */
  async getById(id: Id): Promise<T> {
    const found = await this.#find('getById', id)
    if (found === null) throw new EntityNotFoundError(this.orm.metadata.name, this.#label('getById'))
    return found
  }

  /** All entities, sorted where a sort is given; with a page request one page of them. */
  findAll(sort?: Sort): Promise<T[]>
  findAll(page: PageRequest): Promise<Page<T>>
  async findAll(request?: Sort | PageRequest): Promise<T[] | Page<T>> {
    const { context } = bindingOf(this)
    const label = this.#label('findAll')
    if (PageRequest.is(request)) return (await findPage(context, label, request)) as Page<T>
    return (await findAll(context, label, request)) as T[]
  }

  /** The entities with those identifiers, in no particular order; missing ones are left out, no identifiers no SQL. */
  async findAllById(ids: readonly Id[]): Promise<T[]> {
    const keys = ids.map(id => this.#key('findAllById', id))
    if (keys.length === 0) return []
    const [column, second] = this.orm.metadata.primaryColumns
    if (column === undefined || second !== undefined) return this.orm.findBy(keys)
    const values = keys.map(key => column.getEntityValue(key) as unknown)
    const { context } = bindingOf(this)
    return (await findWhereIn(context, this.#label('findAllById'), { path: column.propertyPath, values })) as T[]
  }

  /** Whether there is an entity with that identifier. */
  async exists(id: Id): Promise<boolean> {
    const query = this.#keyQuery()
    if (query === undefined) return this.orm.existsBy(this.#key('exists', id))
    return query.exists(keyValues(this.orm.metadata, id, this.#label('exists')))
  }

  /** How many entities there are. */
  async count(): Promise<number> {
    return countAll(bindingOf(this).context, this.#label('count'))
  }

  /** Inserts without looking first; a row with the same key is an error. Answers the entity with its generated values. */
  async insert(entity: DeepPartial<T>): Promise<T> {
    const made = this.orm.create(entity)
    const query = InsertQuery.of(bindingOf(this).context)
    if (query === undefined || !(await query.insert(made))) await this.orm.insert(made)
    return made
  }

  /**
   * Sets some properties of one row, in one statement; answers whether there was such a row.
   *
   * @throws EmptyUpdateError `AMBIT_REPOSITORY_EMPTY_UPDATE`
   */
  async update(id: Id, changes: DeepPartial<T>): Promise<boolean> {
    const key = this.#key('update', id)
    if (Object.values(changes).every(value => value === undefined)) throw emptyUpdate(this.#label('update'))
    const { affected } = await this.orm.update(key, changes as never)
    return (affected ?? 0) > 0
  }

  /** Inserts or updates, cascades included, by looking first (TypeORM's `save`). Answers the entity. */
  async save(entity: DeepPartial<T>): Promise<T> {
    return this.orm.save(this.#entity(entity))
  }

  /** Saves all, in one transaction; nothing for an empty list. */
  async saveAll(entities: readonly DeepPartial<T>[]): Promise<T[]> {
    return this.orm.save(entities.map(entity => this.#entity(entity)))
  }

  /** Inserts, or updates the row that has the same values in those properties, in one statement. */
  async upsert(entity: DeepPartial<T>, conflict: readonly (keyof T & string)[]): Promise<void> {
    await this.orm.upsert(entity as never, [...conflict])
  }

  /** Deletes an entity, with TypeORM's listeners and cascades; nothing happens where there is no such row. */
  async delete(entity: T): Promise<void> {
    this.#key('delete', entity)
    await this.orm.remove(entity)
  }

  /** Deletes by identifier, in one statement; answers whether there was such a row. */
  async deleteById(id: Id): Promise<boolean> {
    const query = this.#keyQuery()
    if (query) return (await query.delete(keyValues(this.orm.metadata, id, this.#label('deleteById')))) > 0
    const { affected } = await this.orm.delete(this.#key('deleteById', id))
    return (affected ?? 0) > 0
  }

  /** Deletes those entities; nothing for an empty list. */
  async deleteAll(entities: readonly T[]): Promise<void> {
    for (const entity of entities) this.#key('deleteAll', entity)
    await this.orm.remove([...entities])
  }

  async #find(method: string, id: unknown): Promise<T | null> {
    const query = this.#keyQuery()
    if (query === undefined) return this.orm.findOneBy(this.#key(method, id))
    return (await query.find(keyValues(this.orm.metadata, id, this.#label(method)))) as T | null
  }

  /** `undefined` where TypeORM's own way must be taken. */
  #keyQuery(): KeyQuery | undefined {
    return KeyQuery.of(bindingOf(this).context)
  }

  #entity(entity: DeepPartial<T>): T {
    const { target } = this.orm
    // An entity of a schema without a class is whatever it is.
    const made = typeof target !== 'function' || entity instanceof target
    return made ? (entity as unknown as T) : this.orm.create(entity)
  }

  #key(method: string, id: unknown): object {
    return idMap(this.orm.metadata, id, this.#label(method))
  }

  #label(method: string): string {
    return `${this.constructor.name}.${method}`
  }
}

function withoutEntity(repository: object): InvalidRepositoryError {
  const { name } = repository.constructor
  return new InvalidRepositoryError('AMBIT_REPOSITORY_INVALID', {
    what: `${name} has no entity.`,
    where: name,
    next: `Write @Repository(Entity) on ${name}.`,
  })
}

function emptyUpdate(where: string): EmptyUpdateError {
  return new EmptyUpdateError('AMBIT_REPOSITORY_EMPTY_UPDATE', {
    what: 'There is nothing to set.',
    where,
    next: 'Pass at least one property with a value; null clears a column.',
  })
}
