import type { Class } from '../core/metadata'
import type { DeepPartial, EntityManager, ObjectLiteral, Repository } from 'typeorm'
import type { AggregateRow, AggregateValues, Aggregation, Groups } from '../query/aggregation'
import type { Specification } from '../query/builder/specification'
import { DynamicQueries, type DynamicQuery } from '../query/execute/dynamic-queries'
import { findWhereIn } from '../query/execute/find-where-in'
import { findLocked } from '../query/execute/find-locked'
import { aggregate } from '../query/execute/aggregate'
import { InsertQuery } from '../query/execute/insert-query'
import type { RowStream } from '../query/execute/row-stream'
import { streamAll, type StreamOptions } from '../query/execute/stream-all'
import { KeyQuery } from '../query/execute/key-query'
import type { QueryContext } from '../query/execute/query-context'
import type { Page } from '../query/paging/page'
import { PageRequest } from '../query/paging/page-request'
import type { Slice } from '../query/paging/slice'
import type { Sort } from '../query/paging/sort'
import { type LockOptions, rowLockOf } from '../query/row-lock'
import { QueryDeclarationError } from '../query/errors'
import { bindingOf } from './binding'
import { readChanges } from './changes'
import { publishDomainEvents } from './domain-events'
import { EntityNotFoundError, InvalidRepositoryError, OptimisticLockError } from './errors'
import { find, findPage, findSlice } from './find'
import { type Finding, finding, type FindMethod, type FindOptions, type LoadOptions, sortTerms } from './find-options'
import { idMap, keyPredicate, keyValues } from './identity'
import { predicateOf, predicateOfWrite, type RowsToWrite, specificationOf } from './predicates'
import { atMostOne, exactlyOne } from './single-result'
import { declaredBoundary } from './stream-method'
import { insertAll, removeAll, saveAll } from './save'
import { upsertAll } from './upsert'
import { type VersionOptions, versionMap } from './versions'

/** What an upsert sets in a row that is there. */
export interface UpsertOptions<T> {
  /** Only these, of the properties that are given. Default: all of them. */
  readonly update?: readonly (keyof T & string)[]
}

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

  /**
   * The entity with that identifier, or null. With `{ lock: 'update' }` its row stays locked until the transaction ends:
   * `SELECT … FOR UPDATE OF "entity"`.
   *
   * @throws LockScopeError `AMBIT_QUERY_LOCK_SCOPE`; LockNotAvailableError `AMBIT_DATABASE_LOCK` with `onLocked: 'nowait'`
   */
  async findById(id: Id, options?: LoadOptions<T> & LockOptions): Promise<T | null> {
    return this.#find('findById', id, options)
  }

  /**
   * The entity with that identifier, locked as by {@link findById} where that is asked for.
   *
   * @throws EntityNotFoundError `AMBIT_REPOSITORY_NOT_FOUND`
   */
  async getById(id: Id, options?: LoadOptions<T> & LockOptions): Promise<T> {
    const found = await this.#find('getById', id, options)
    if (found === null) throw new EntityNotFoundError(this.orm.metadata.name, this.#label('getById'))
    return found
  }

  /** All entities, sorted where a sort is given; with a page request one page of them. */
  findAll(sort?: Sort): Promise<T[]>
  findAll(page: PageRequest): Promise<Page<T>>
  async findAll(request?: Sort | PageRequest): Promise<T[] | Page<T>> {
    if (PageRequest.is(request)) return this.#page('findAll', undefined, request)
    const label = this.#label('findAll')
    const order = request && sortTerms(request, label)
    return (await DynamicQueries.of(this.#context).prepare({ order }, label).select()) as T[]
  }

  /**
   * Entities one by one, for `for await`: a batch of them is in memory, whatever their number. Nothing is sent before the
   * first is asked for. Inside a transaction they come from it; outside, a read-only one of their own holds a connection
   * until the loop is over or left.
   *
   * @example
   * for await (const user of users.stream(where<User>().eq('active', true), { fetchSize: 500 })) await mail(user)
   * // BEGIN READ ONLY; SELECT … (a portal, 500 rows at a time); COMMIT
   *
   * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`, UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`, at once
   */
  stream(specification?: Specification<T>, options?: StreamOptions): RowStream<T> {
    const boundary = declaredBoundary(this.constructor as Class, 'stream')
    const place = { label: this.#label('stream'), boundary }
    if (specification !== undefined) predicateOf(specification, place.label)
    return streamAll(this.#context, place, specification, options) as RowStream<T>
  }

  /** The entities with those identifiers, in no particular order; missing ones are left out, no identifiers no SQL. */
  async findAllById(ids: readonly Id[]): Promise<T[]> {
    const [column, second] = this.orm.metadata.primaryColumns
    const keys = ids.map(id => this.#key('findAllById', id))
    if (keys.length === 0) return []
    if (column === undefined || second !== undefined) return this.orm.findBy(keys)
    const values = keys.map(key => column.getEntityValue(key) as unknown)
    return (await findWhereIn(this.#context, this.#label('findAllById'), { path: column.propertyPath, values })) as T[]
  }

  /**
   * The entities that a specification describes; without one, all of them.
   *
   * @example
   * const adults = where<User>().gte('age', 18)
   * await users.findMany(adults, { sort: Sort.by('username'), limit: 10, relations: ['team'] })
   * // SELECT … LEFT JOIN "team" … WHERE "age" >= $1 ORDER BY "username" ASC LIMIT 10
   *
   * @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`; InvalidSpecificationError `AMBIT_REPOSITORY_SPECIFICATION`
   */
  async findMany(specification?: Specification<T>, options?: FindOptions<T>): Promise<T[]> {
    return this.#few('findMany', specification, options)
  }

  /**
   * The one entity that a specification describes, or null.
   *
   * @throws IncorrectResultSizeError `AMBIT_QUERY_RESULT_SIZE` where there are more; as {@link findMany}
   */
  async findOne(specification: Specification<T>, options?: LoadOptions<T>): Promise<T | null> {
    return atMostOne(this.#label('findOne'), await this.#few('findOne', specification, options, 2))
  }

  /**
   * The one entity that a specification describes.
   *
   * @throws EmptyResultError `AMBIT_QUERY_EMPTY_RESULT` where there is none; as {@link findOne}
   */
  async getOne(specification: Specification<T>, options?: LoadOptions<T>): Promise<T> {
    return exactlyOne(this.#label('getOne'), await this.#few('getOne', specification, options, 2))
  }

  /** The first of the entities that a specification describes, or null; the `sort` says which is first. */
  async findFirst(specification: Specification<T>, options?: Omit<FindOptions<T>, 'limit'>): Promise<T | null> {
    const [first] = await this.#few('findFirst', specification, options, 1)
    return first ?? null
  }

  /** One page of the entities that a specification describes, and how many there are. */
  async findPage(
    specification: Specification<T> | undefined,
    page: PageRequest,
    options?: LoadOptions<T>,
  ): Promise<Page<T>> {
    return this.#page('findPage', specification, page, options)
  }

  /** One page of them, and whether more follow: cheaper than a count. */
  async findSlice(
    specification: Specification<T> | undefined,
    page: PageRequest,
    options?: LoadOptions<T>,
  ): Promise<Slice<T>> {
    const asked = this.#finding('findSlice', specification, options)
    return (await findSlice(this.#context, asked, page)) as Slice<T>
  }

  /** Whether there is an entity with that identifier. */
  async exists(id: Id): Promise<boolean> {
    const query = this.#keyQuery()
    if (query === undefined) return this.orm.existsBy(this.#key('exists', id))
    return query.exists(keyValues(this.orm.metadata, id, this.#label('exists')))
  }

  /** Whether there is an entity that a specification describes. */
  async existsBy(specification: Specification<T>): Promise<boolean> {
    const label = this.#label('existsBy')
    return this.#dynamic(label, specificationOf(specification, label)).exists()
  }

  /** How many entities there are, or how many of them a specification describes. */
  async count(specification?: Specification<T>): Promise<number> {
    const label = this.#label('count')
    return this.#dynamic(label, specification === undefined ? undefined : specificationOf(specification, label)).count()
  }

  /**
   * Groups the rows and computes values over each group, in one statement.
   *
   * @example
   * const { count, sum } = aggregates
   * await orders.aggregate({ groupBy: ['state'], values: { n: count(), total: sum('total') }, having: 'n > 1' })
   * // SELECT "state", COUNT(*), SUM("total") FROM "orders" GROUP BY "state" HAVING COUNT(*) > $1
   *
   * @throws QueryDeclarationError `AMBIT_QUERY_AGGREGATE`, UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`
   */
  async aggregate<const G extends Groups = readonly [], V extends AggregateValues = AggregateValues>(
    aggregation: Aggregation<T, G, V>,
  ): Promise<AggregateRow<T, G, V>[]> {
    const label = this.#label('aggregate')
    if (aggregation.where !== undefined) predicateOf(aggregation.where, label)
    return aggregate<T, G, V>(this.#context, label, aggregation)
  }

  /** Inserts without looking first; a row with the same key is an error. Answers the entity with its generated values. */
  async insert(entity: DeepPartial<T>): Promise<T> {
    const made = this.orm.create(entity)
    const query = InsertQuery.of(bindingOf(this).context)
    const inserting = query === undefined ? false : query.insert(made)
    // Awaited only where it must be: a synchronous driver's answer is there.
    const inserted = inserting instanceof Promise ? await inserting : inserting
    if (!inserted) await insertAll(this.#context, this.orm, [made])
    const publishing = this.#publish('insert', [entity])
    if (publishing) await publishing
    return made
  }

  /**
   * Inserts all without looking first, in one statement where the database and the entities allow, and all of them or none.
   * Answers the entities, in their order, with their generated values; nothing is sent for an empty list.
   *
   * @throws UniqueViolationError `AMBIT_DATABASE_UNIQUE` for a row that is there
   */
  async insertAll(entities: readonly DeepPartial<T>[]): Promise<T[]> {
    const { orm } = this
    const made = entities.map(entity => this.#entity(entity))
    if (made.length > 0) await insertAll(this.#context, orm, made)
    await this.#publish('insertAll', entities)
    return made
  }

  /**
   * Sets some properties of one row, in one statement; answers whether there was such a row. `null` clears a column,
   * `undefined` leaves it; the version and the update date go with it. With a version, only of the row as it was then:
   * `UPDATE … WHERE "id" = $1 AND "version" = $2`.
   *
   * @throws EmptyUpdateError `AMBIT_REPOSITORY_EMPTY_UPDATE`; InvalidChangesError `AMBIT_REPOSITORY_CHANGES`;
   * UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`; OptimisticLockError `AMBIT_REPOSITORY_OPTIMISTIC_LOCK`
   */
  async update(id: Id, changes: DeepPartial<T>, options: VersionOptions = {}): Promise<boolean> {
    const label = this.#label('update')
    const { metadata } = this.orm
    const key = keyValues(metadata, id, label)
    const set = readChanges(this.#context.dataSource, { metadata, label }, changes)
    const version = versionMap(metadata, options, label)
    const query = version === undefined ? this.#keyQuery() : undefined
    if (query) return (await query.update(key, set)) > 0
    const { affected } = await this.orm.update({ ...this.#key('update', id), ...version } as object, set.given as never)
    if (version !== undefined && affected === 0) throw OptimisticLockError.stale(metadata.name, label, 1, 0)
    return (affected ?? 0) > 0
  }

  /**
   * Sets some properties of all rows that a specification describes, in one statement; answers how many there were. Neither
   * listeners nor cascades run.
   *
   * @example
   * await users.updateMany(where<User>().lt('lastLogin', limit), { active: false })   // UPDATE … SET … WHERE …
   *
   * @throws UnrestrictedWriteError `AMBIT_REPOSITORY_UNRESTRICTED` for one that restricts nothing: every row is
   * `{ all: true }`; as {@link update}
   */
  async updateMany(rows: RowsToWrite<T>, changes: DeepPartial<T>): Promise<number> {
    const label = this.#label('updateMany')
    const { metadata } = this.orm
    const { query, values } = this.#dynamic(label, { predicate: predicateOfWrite(metadata, rows, label) })
    return query.update(values, readChanges(this.#context.dataSource, { metadata, label }, changes))
  }

  /**
   * Deletes all rows that a specification describes, in one statement; answers how many there were. Neither listeners nor
   * cascades of TypeORM run.
   *
   * @throws UnrestrictedWriteError `AMBIT_REPOSITORY_UNRESTRICTED` for one that restricts nothing: every row is
   * `{ all: true }`
   */
  async deleteMany(rows: RowsToWrite<T>): Promise<number> {
    const label = this.#label('deleteMany')
    const predicate = predicateOfWrite(this.orm.metadata, rows, label)
    const { query, values } = this.#dynamic(label, { predicate })
    return query.delete(values)
  }

  /**
   * Inserts what is new, and updates what is stored, cascades included, by looking first. Answers the entity. One with a
   * version column is written only where its row is still of the version that it holds.
   *
   * @throws OptimisticLockError `AMBIT_REPOSITORY_OPTIMISTIC_LOCK`
   */
  async save(entity: DeepPartial<T>): Promise<T> {
    const made = this.#entity(entity)
    await saveAll(this.#context, this.orm, { entities: [made], label: this.#label('save') })
    await this.#publish('save', [entity])
    return made
  }

  /**
   * Saves all, or none; nothing for an empty list. What is new for certain is inserted as by {@link insertAll}.
   *
   * @throws OptimisticLockError `AMBIT_REPOSITORY_OPTIMISTIC_LOCK`
   */
  async saveAll(entities: readonly DeepPartial<T>[]): Promise<T[]> {
    const { orm } = this
    const made = entities.map(entity => this.#entity(entity))
    if (made.length > 0) await saveAll(this.#context, orm, { entities: made, label: this.#label('saveAll') })
    await this.#publish('saveAll', entities)
    return made
  }

  /**
   * Inserts, or updates the row that has the same values in those properties, in one statement:
   * `INSERT … ON CONFLICT ("email") DO UPDATE SET … RETURNING …`. The properties must be unique together. Answers the entity
   * with its key, version and dates as they are stored.
   *
   * @throws InvalidUpsertError `AMBIT_REPOSITORY_UPSERT`
   */
  async upsert(
    entity: DeepPartial<T>,
    conflict: readonly (keyof T & string)[],
    options: UpsertOptions<T> = {},
  ): Promise<T> {
    const made = this.#entity(entity)
    await this.#upsert('upsert', [made], conflict, options)
    return made
  }

  /**
   * Upserts all, or none, as {@link upsert} does one; no two of them may have the same key. Answers the entities in their
   * order; nothing is sent for an empty list.
   *
   * @throws InvalidUpsertError `AMBIT_REPOSITORY_UPSERT`
   */
  async upsertAll(
    entities: readonly DeepPartial<T>[],
    conflict: readonly (keyof T & string)[],
    options: UpsertOptions<T> = {},
  ): Promise<T[]> {
    const made = entities.map(entity => this.#entity(entity))
    await this.#upsert('upsertAll', made, conflict, options)
    return made
  }

  /**
   * Deletes an entity, with TypeORM's listeners and cascades; nothing happens where there is no such row, unless it had a
   * version.
   *
   * @throws OptimisticLockError `AMBIT_REPOSITORY_OPTIMISTIC_LOCK`
   */
  async delete(entity: T): Promise<void> {
    this.#key('delete', entity)
    await removeAll(this.#context, this.orm, { entities: [entity], label: this.#label('delete') })
    await this.#publish('delete', [entity])
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
    const { orm } = this
    if (entities.length > 0) await removeAll(this.#context, orm, { entities, label: this.#label('deleteAll') })
    await this.#publish('deleteAll', entities)
  }

  async #upsert(
    method: string,
    entities: readonly T[],
    conflict: readonly string[],
    { update }: UpsertOptions<T>,
  ): Promise<void> {
    const request = { entities, conflict, update, label: this.#label(method) }
    await upsertAll(this.#context, this.orm, request)
  }

  async #find(
    method: 'findById' | 'getById',
    id: unknown,
    options: (LoadOptions<T> & LockOptions) | undefined,
  ): Promise<T | null> {
    const label = this.#label(method)
    const lock = options && rowLockOf(options, label)
    if (lock !== undefined) {
      if (options?.relations !== undefined) throw lockedRelations(label)
      const key = keyValues(this.orm.metadata, id, label)
      return (await findLocked(this.#context, label, { key, lock })) as T | null
    }
    if (options !== undefined) return this.#findWith(method, id, options)
    const query = this.#keyQuery()
    if (query === undefined) return this.orm.findOneBy(this.#key(method, id))
    return (await query.find(keyValues(this.orm.metadata, id, this.#label(method)))) as T | null
  }

  async #findWith(method: 'findById' | 'getById', id: unknown, options: LoadOptions<T>): Promise<T | null> {
    const predicate = keyPredicate(this.orm.metadata, id, this.#label(method))
    // Without a limit: there can be no second one, and lists are found by the same condition.
    const [found] = await this.#few(method, { predicate }, options)
    return found ?? null
  }

  /** `limit`: the method's own. */
  async #few(method: FindMethod, specification: unknown, options?: FindOptions<T>, limit?: number): Promise<T[]> {
    return (await find(this.#context, this.#finding(method, specification, options, limit))) as T[]
  }

  async #page(
    method: FindMethod,
    specification: Specification<T> | undefined,
    page: PageRequest,
    options?: LoadOptions<T>,
  ): Promise<Page<T>> {
    return (await findPage(this.#context, this.#finding(method, specification, options), page)) as Page<T>
  }

  #finding(method: FindMethod, specification: unknown, options?: FindOptions<T>, limit?: number): Finding {
    return finding({ method, label: this.#label(method) }, specification, options, limit)
  }

  #dynamic(label: string, specification: Specification<never> | undefined): DynamicQuery {
    return DynamicQueries.of(this.#context).prepare({ specification }, label)
  }

  #publish(method: string, given: readonly unknown[]): Promise<void> | undefined {
    return publishDomainEvents(this, given, this.#label(method))
  }

  /** For queries of our own: they need an entity as TypeORM's repository does. */
  get #context(): QueryContext {
    const { context, orm } = bindingOf(this)
    if (orm === undefined) throw withoutEntity(this)
    return context
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

/** They would be read, and not locked. */
function lockedRelations(where: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: 'A lock and relations are asked for in one call.',
    where,
    next: 'Lock the row first, and load its relations with a second call in the same transaction.',
  })
}
