import type { EntityManager, ObjectLiteral, Repository } from 'typeorm'
import type { Class } from '../core/metadata'
import type { AggregateRow, AggregateValues, Aggregation, Groups } from '../query/aggregation'
import type { Specification } from '../query/builder/specification'
import { aggregate } from '../query/execute/aggregate'
import { DynamicQueries } from '../query/execute/dynamic-queries'
import { findLocked } from '../query/execute/find-locked'
import { findSelected, findSelectedPage, findSelectedWindow } from '../query/execute/find-selected'
import { findWhereIn } from '../query/execute/find-where-in'
import { findWindow } from '../query/execute/find-window'
import { one, required, type SizeAdvice } from '../query/execute/results'
import type { RowStream } from '../query/execute/row-stream'
import { type SelectedStreamOptions, streamAll, type StreamOptions } from '../query/execute/stream-all'
import type { Page } from '../query/paging/page'
import { PageRequest } from '../query/paging/page-request'
import type { Slice } from '../query/paging/slice'
import type { Sort } from '../query/paging/sort'
import type { Window } from '../query/paging/window'
import type { WindowRequest } from '../query/paging/window-request'
import type { Projected } from '../query/projection/projected.types'
import { rowsToAggregate } from './aggregating'
import { bindingOf } from './binding'
import { EntityNotFoundError } from './errors'
import { find, findPage, findSlice, requirePage, requireWindow } from './find'
import {
  type Finding,
  finding,
  type FindMethod,
  type FindOneOptions,
  type FindOptions,
  type LoadOptions,
  type RangeOptions,
  type Selectable,
  type SelectOptions,
  sortTerms,
} from './find-options'
import { anyKeyPredicate, distinctKeys, idPredicate, keysPerPredicate, keyValues } from './identity'
import { contextOf, dynamicQuery, keyMapOf, keyQueryOf, labelOf, ormOf } from './parts'
import { portions } from './portions'
import { predicateOf, specificationOf } from './predicates'
import { declaredBoundary } from './stream-method'

/**
 * The reading half of {@link CrudRepository}: for entities that a program does not write, such as views, and for those whose
 * writes have methods of their own. Extend it, and decorate the subclass with `@Repository(Entity)`.
 *
 * Each method is transactional by itself, read-only, and joins a transaction that is active. A single select goes without
 * BEGIN and COMMIT where nothing could tell. Identifiers are a value, or an object for composite keys.
 *
 * @example
 * import { ReadRepository, Repository } from 'ambit'
 * @Repository(Balance)
 * class Balances extends ReadRepository<Balance, string> {}
 *
 * await balances.findById('alice')   // SELECT … WHERE "id" = $1 LIMIT 1
 *
 * @throws InvalidIdError `AMBIT_REPOSITORY_NO_ID` from every method that takes an identifier; DatabaseError
 * `AMBIT_DATABASE_*` where the database refuses
 */
export abstract class ReadRepository<T extends ObjectLiteral, Id = number> {
  /** The entity, for the compiler; there is no such property at run time. */
  declare readonly '~entity'?: T
  declare readonly '~id'?: Id

  /** TypeORM's repository, ambient: the escape hatch for what this class does not offer. */
  get orm(): Repository<T> {
    // The binding was made for this class's own entity.
    return ormOf(this) as unknown as Repository<T>
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
  async findById(id: Id, options?: FindOneOptions<T>): Promise<T | null> {
    return this.#find('findById', id, options)
  }

  /**
   * The entity with that identifier, locked as by {@link findById} where that is asked for.
   *
   * @throws EntityNotFoundError `AMBIT_REPOSITORY_NOT_FOUND`
   */
  async getById(id: Id, options?: FindOneOptions<T>): Promise<T> {
    const found = await this.#find('getById', id, options)
    if (found === null) throw new EntityNotFoundError(this.orm.metadata.name, labelOf(this, 'getById'))
    return found
  }

  /** All entities, sorted where a sort is given; with a page request one page of them. */
  findAll(sort?: Sort): Promise<T[]>
  findAll(page: PageRequest): Promise<Page<T>>
  async findAll(request?: Sort | PageRequest): Promise<T[] | Page<T>> {
    if (PageRequest.is(request)) return this.#page('findAll', undefined, request)
    const label = labelOf(this, 'findAll')
    const order = request && sortTerms(request, label)
    return (await DynamicQueries.of(contextOf(this)).prepare({ order }, label).select()) as T[]
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
  stream(specification?: Specification<T>, options?: StreamOptions): RowStream<T>
  /**
   * Some properties of the rows in place of entities, as by {@link select}: for exports of a few columns of many rows.
   *
   * @example
   * for await (const { email } of users.stream(undefined, { select: ['email'], distinct: true })) await write(email)
   * // BEGIN READ ONLY; SELECT DISTINCT "email" FROM … (a portal, 1,000 rows at a time); COMMIT
   *
   * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`, `AMBIT_QUERY_UNSUPPORTED`, UnknownPropertyError
   * `AMBIT_QUERY_UNKNOWN_PROPERTY`, at once
   */
  stream<const S extends Selectable<T>>(
    specification: Specification<T> | undefined,
    options: SelectedStreamOptions<S>,
  ): RowStream<Projected<T, S>>
  stream(
    specification?: Specification<T>,
    options?: StreamOptions | SelectedStreamOptions<Selectable<T>>,
  ): RowStream<unknown> {
    const boundary = declaredBoundary(this.constructor as Class, 'stream')
    const place = { label: labelOf(this, 'stream'), boundary }
    if (specification !== undefined) predicateOf(specification, place.label)
    return streamAll(contextOf(this), place, specification, options)
  }

  /** The entities with those identifiers, in no particular order; missing ones are left out, no identifiers no SQL. */
  async findAllById(ids: readonly Id[], options?: LoadOptions<T>): Promise<T[]> {
    const [column, second] = this.orm.metadata.primaryColumns
    const keys = ids.map(id => keyMapOf(this, 'findAllById', id))
    if (options !== undefined || second !== undefined) return this.#findByKeys(ids, options)
    // Without a key every identifier has been refused.
    if (keys.length === 0 || column === undefined) return []
    const values = keys.map(key => column.getEntityValue(key) as unknown)
    return (await findWhereIn(contextOf(this), labelOf(this, 'findAllById'), {
      path: column.propertyPath,
      values,
    })) as T[]
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
  async findOne(specification: Specification<T>, options?: FindOneOptions<T>): Promise<T | null> {
    return one(labelOf(this, 'findOne'), await this.#few('findOne', specification, options, 2), OF_SPECIFICATIONS)
  }

  /**
   * The one entity that a specification describes.
   *
   * @throws EmptyResultError `AMBIT_QUERY_EMPTY_RESULT` where there is none; as {@link findOne}
   */
  async getOne(specification: Specification<T>, options?: FindOneOptions<T>): Promise<T> {
    return required(labelOf(this, 'getOne'), await this.#few('getOne', specification, options, 2), OF_SPECIFICATIONS)
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
    return (await findSlice(contextOf(this), asked, page)) as Slice<T>
  }

  /**
   * A window of the entities that a specification describes, found by keyset: the next one costs as much as the first,
   * and no row is seen twice, or missed, because others come and go. Its cursors are bound to the specification and the sort.
   *
   * @example
   * const first = await orders.findWindow(where<Order>().eq('state', 'open'), WindowRequest.first(20, 'placedAt'))
   * await orders.findWindow(where<Order>().eq('state', 'open'), WindowRequest.first(20, 'placedAt').after(first.endCursor))
   * // SELECT … WHERE "state" = $1 AND ("placedAt", "id") > ($2, $3) ORDER BY "placedAt", "id" LIMIT 21
   *
   * @throws InvalidCursorError `AMBIT_QUERY_INVALID_CURSOR`; InvalidPageError `AMBIT_QUERY_PAGE_MISSING`; as {@link findMany}
   */
  async findWindow(specification: Specification<T> | undefined, window: WindowRequest): Promise<Window<T>> {
    const { label, request } = this.#finding('findWindow', specification)
    return (await findWindow(contextOf(this), label, request, requireWindow(window, label))) as Window<T>
  }

  /**
   * Some properties of the rows that a specification describes, in place of entities: by their names, by names of yours, or
   * as instances of a class that {@link projection} makes of them.
   *
   * @example
   * await users.select(['id', 'username'], where<User>().eq('active', true), { limit: 10 })   // Pick<User, 'id' | 'username'>[]
   * await users.select({ name: 'username', team: 'team.name' }, undefined, { distinct: true })
   * // SELECT DISTINCT "username", "team"."name" FROM … LEFT JOIN …
   *
   * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`; as {@link findMany}
   */
  async select<const S extends Selectable<T>>(
    select: S,
    specification?: Specification<T>,
    options?: RangeOptions & SelectOptions,
  ): Promise<Projected<T, S>[]> {
    const { range, ...asked } = this.#finding('select', specification, options)
    const found = await findSelected(contextOf(this), { select, distinct: options?.distinct === true, ...asked }, range)
    return found as Projected<T, S>[]
  }

  /** One page of them, and how many there are. */
  async selectPage<const S extends Selectable<T>>(
    select: S,
    specification: Specification<T> | undefined,
    page: PageRequest,
    options?: SelectOptions,
  ): Promise<Page<Projected<T, S>>> {
    const asked = this.#finding('selectPage', specification, options)
    const wanted = { select, distinct: options?.distinct === true, ...asked }
    const found = await findSelectedPage(contextOf(this), wanted, requirePage(page, asked.label))
    return found as unknown as Page<Projected<T, S>>
  }

  /**
   * A window of them, found by keyset as by {@link findWindow}. The keys of the order need not be selected: they go into the
   * cursors. Distinct rows are sorted by what is selected, as there is no key.
   *
   * @example
   * const request = WindowRequest.first(20, 'username')
   * const names = await users.selectWindow(['username'], where<User>().eq('active', true), request)
   * // SELECT "username", CAST("username" AS text), CAST("id" AS text) FROM … WHERE "active" = $1
   * //   ORDER BY "username", "id" LIMIT 21
   * await users.selectWindow(['city'], undefined, WindowRequest.first(20), { distinct: true })
   * // SELECT "city", CAST("city" AS text) FROM … GROUP BY "city" ORDER BY "city" LIMIT 21
   *
   * @throws InvalidCursorError `AMBIT_QUERY_INVALID_CURSOR`; InvalidPageError `AMBIT_QUERY_PAGE_MISSING`; as {@link select}
   */
  async selectWindow<const S extends Selectable<T>>(
    select: S,
    specification: Specification<T> | undefined,
    window: WindowRequest,
    options?: SelectOptions,
  ): Promise<Window<Projected<T, S>>> {
    const asked = this.#finding('selectWindow', specification, options)
    const wanted = { select, distinct: options?.distinct === true, ...asked }
    const found = await findSelectedWindow(contextOf(this), wanted, requireWindow(window, asked.label))
    return found as unknown as Window<Projected<T, S>>
  }

  /** Whether there is an entity with that identifier. */
  async exists(id: Id): Promise<boolean> {
    const query = keyQueryOf(this)
    if (query === undefined) return this.orm.existsBy(keyMapOf(this, 'exists', id))
    return query.exists(keyValues(this.orm.metadata, id, labelOf(this, 'exists')))
  }

  /** Whether there is an entity that a specification describes. */
  async existsBy(specification: Specification<T>): Promise<boolean> {
    const label = labelOf(this, 'existsBy')
    return dynamicQuery(this, label, specificationOf(specification, label)).exists()
  }

  /** How many entities there are, or how many of them a specification describes. */
  async count(specification?: Specification<T>): Promise<number> {
    const label = labelOf(this, 'count')
    return dynamicQuery(
      this,
      label,
      specification === undefined ? undefined : specificationOf(specification, label),
    ).count()
  }

  /**
   * Groups the rows and computes values over each group, in one statement.
   *
   * @example
   * const { count, sum } = aggregates
   * await orders.aggregate({ groupBy: ['state'], values: { n: count(), total: sum('total') }, having: 'n > 1' })
   * // SELECT "state", COUNT(*), SUM("total") FROM "orders" GROUP BY "state" HAVING COUNT(*) > $1
   *
   * @throws QueryDeclarationError `AMBIT_QUERY_AGGREGATE`, UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`, QueryValueError
   * `AMBIT_QUERY_VALUE`; InvalidSpecificationError `AMBIT_REPOSITORY_SPECIFICATION`
   */
  async aggregate<const G extends Groups = readonly [], V extends AggregateValues = AggregateValues>(
    aggregation: Aggregation<T, G, V>,
  ): Promise<AggregateRow<T, G, V>[]> {
    const label = labelOf(this, 'aggregate')
    const where = rowsToAggregate(aggregation, label)
    return aggregate<T, G, V>(contextOf(this), label, { ...aggregation, where })
  }

  async #find(method: 'findById' | 'getById', id: unknown, options: FindOneOptions<T> | undefined): Promise<T | null> {
    if (options !== undefined) return this.#findWith(method, id, options)
    const query = keyQueryOf(this)
    if (query === undefined) return this.orm.findOneBy(keyMapOf(this, method, id))
    return (await query.find(keyValues(this.orm.metadata, id, labelOf(this, method)))) as T | null
  }

  async #findWith(method: 'findById' | 'getById', id: unknown, options: FindOneOptions<T>): Promise<T | null> {
    const label = labelOf(this, method)
    const { metadata } = this.orm
    const asked = this.#finding(method, { predicate: idPredicate(metadata, id, label) }, options)
    const { lock } = asked.request
    if (lock !== undefined) {
      const key = keyValues(metadata, id, label)
      return (await findLocked(contextOf(this), label, { key, lock })) as T | null
    }
    // Without a limit: there can be no second one, and lists are found by the same condition.
    const [found] = await find(contextOf(this), asked)
    return (found ?? null) as T | null
  }

  /** In one statement, unless the keys are more conditions than one can have. */
  async #findByKeys(ids: readonly Id[], options: LoadOptions<T> | undefined): Promise<T[]> {
    const { metadata } = this.orm
    const label = labelOf(this, 'findAllById')
    const asked = (some: readonly unknown[]): Finding =>
      this.#finding('findAllById', { predicate: anyKeyPredicate(metadata, some, label) }, options)
    const all = portions(distinctKeys(metadata, ids, label), keysPerPredicate(metadata)).map(asked)
    // Options are checked in any case.
    if (all.length === 0) asked([])
    const found: T[] = []
    for (const each of all) for (const entity of await find(contextOf(this), each)) found.push(entity as T)
    return found
  }

  /** `limit`: the method's own. */
  async #few(method: FindMethod, specification: unknown, options?: FindOptions<T>, limit?: number): Promise<T[]> {
    return (await find(contextOf(this), this.#finding(method, specification, options, limit))) as T[]
  }

  async #page(
    method: FindMethod,
    specification: Specification<T> | undefined,
    page: PageRequest,
    options?: LoadOptions<T>,
  ): Promise<Page<T>> {
    return (await findPage(contextOf(this), this.#finding(method, specification, options), page)) as Page<T>
  }

  #finding(
    method: FindMethod,
    specification: unknown,
    options?: FindOptions<T> & SelectOptions,
    limit?: number,
  ): Finding {
    return finding({ method, label: labelOf(this, method) }, specification, options, limit)
  }
}

const OF_SPECIFICATIONS: SizeAdvice = {
  several: 'Narrow the specification, or use findMany() or findFirst().',
  none: 'Use findOne(), which answers null, where a row may be missing.',
}
