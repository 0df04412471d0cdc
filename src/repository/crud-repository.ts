import type { DeepPartial, ObjectLiteral } from 'typeorm'
import type { Specification } from '../query/builder/specification'
import { InsertQuery } from '../query/execute/insert-query'
import { bindingOf } from './binding'
import { readChanges } from './changes'
import { publishDomainEvents } from './domain-events'
import { OptimisticLockError } from './errors'
import { requireEntities, requireEntity } from './given-entities'
import { keyValues } from './identity'
import { madeEntity } from './made-entity'
import { contextOf, dynamicQuery, keyMapOf, keyQueryOf, labelOf } from './parts'
import { predicateOfWrite, requireOptions, restrictionOfUpsert, type RowsToWrite } from './predicates'
import { ReadRepository } from './read-repository'
import { insertAll, removeAll, saveAll } from './save'
import { upsertAll } from './upsert'
import { type VersionOptions, versionMap } from './versions'

/** What an upsert sets in a row that is there. */
export interface UpsertOptions<T> {
  /** Only these, of the properties that are given. Default: all of them. */
  readonly update?: readonly (keyof T & string)[]
  /** With a condition they are {@link ConditionalUpsertOptions}: then nothing may be written. */
  readonly where?: never
}

/** The same where not every row that is there may be changed. */
export interface ConditionalUpsertOptions<T> {
  /** Only these, of the properties that are given. Default: all of them. */
  readonly update?: readonly (keyof T & string)[]
  /** What a row that is there must satisfy to be changed: a condition on its own columns, as they are stored now. */
  readonly where: Specification<T>
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
 * @throws InvalidIdError `AMBIT_REPOSITORY_NO_ID` from every method that takes an identifier; InvalidEntityError
 * `AMBIT_REPOSITORY_ENTITY` from every one that takes entities; DatabaseError `AMBIT_DATABASE_*` where the database refuses
 */
export abstract class CrudRepository<T extends ObjectLiteral, Id = number> extends ReadRepository<T, Id> {
  /** Inserts without looking first; a row with the same key is an error. Answers the entity with its generated values. */
  async insert(entity: DeepPartial<T>): Promise<T> {
    requireEntity(this, 'insert', entity)
    const made = madeEntity(this.orm, entity)
    const query = InsertQuery.of(bindingOf(this).context)
    const inserting = query === undefined ? false : query.insert(made)
    // Awaited only where it must be: a synchronous driver's answer is there.
    const inserted = inserting instanceof Promise ? await inserting : inserting
    if (!inserted) await insertAll(contextOf(this), this.orm, [made])
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
    requireEntities(this, 'insertAll', entities)
    const made = entities.map(entity => this.#entity(entity))
    if (made.length > 0) await insertAll(contextOf(this), orm, made)
    await this.#publish('insertAll', entities)
    return made
  }

  /**
   * Sets some properties of one row, in one statement; answers whether there was such a row. `null` clears a column,
   * `undefined` leaves it; the version and the update date go with it. With a version, only of the row as it was then:
   * `UPDATE … WHERE "id" = $1 AND "version" = $2`.
   *
   * @throws EmptyUpdateError `AMBIT_REPOSITORY_EMPTY_UPDATE`; InvalidChangesError `AMBIT_REPOSITORY_CHANGES`;
   * UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`; OptimisticLockError `AMBIT_REPOSITORY_OPTIMISTIC_LOCK`;
   * InvalidRepositoryError `AMBIT_REPOSITORY_NO_VERSION`; InvalidSpecificationError `AMBIT_REPOSITORY_SPECIFICATION`
   */
  async update(id: Id, changes: DeepPartial<T>, options: VersionOptions = {}): Promise<boolean> {
    const label = labelOf(this, 'update')
    const { metadata } = this.orm
    const { dataSource, dialect } = contextOf(this)
    const key = keyValues(metadata, id, label)
    const set = readChanges(dataSource, { metadata, label }, changes)
    const version = versionMap(metadata, options, { dialect, where: label })
    const query = version === undefined ? keyQueryOf(this) : undefined
    if (query) return (await query.update(key, set)) > 0
    const { affected } = await this.orm.update(
      { ...keyMapOf(this, 'update', id), ...version } as object,
      set.given as never,
    )
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
    const label = labelOf(this, 'updateMany')
    const { metadata } = this.orm
    const { query, values } = dynamicQuery(this, label, { predicate: predicateOfWrite(metadata, rows, label) })
    return query.update(values, readChanges(contextOf(this).dataSource, { metadata, label }, changes))
  }

  /**
   * Deletes all rows that a specification describes, in one statement; answers how many there were. Neither listeners nor
   * cascades of TypeORM run.
   *
   * @throws UnrestrictedWriteError `AMBIT_REPOSITORY_UNRESTRICTED` for one that restricts nothing: every row is
   * `{ all: true }`
   */
  async deleteMany(rows: RowsToWrite<T>): Promise<number> {
    const label = labelOf(this, 'deleteMany')
    const predicate = predicateOfWrite(this.orm.metadata, rows, label)
    const { query, values } = dynamicQuery(this, label, { predicate })
    return query.delete(values)
  }

  /**
   * Inserts what is new, and updates what is stored, cascades included, by looking first. Answers the entity. One with a
   * version column is written only where its row is still of the version that it holds.
   *
   * @throws OptimisticLockError `AMBIT_REPOSITORY_OPTIMISTIC_LOCK`
   */
  async save(entity: DeepPartial<T>): Promise<T> {
    requireEntity(this, 'save', entity)
    const made = this.#entity(entity)
    await saveAll(contextOf(this), this.orm, { entities: [made], label: labelOf(this, 'save') })
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
    requireEntities(this, 'saveAll', entities)
    const made = entities.map(entity => this.#entity(entity))
    if (made.length > 0) await saveAll(contextOf(this), orm, { entities: made, label: labelOf(this, 'saveAll') })
    await this.#publish('saveAll', entities)
    return made
  }

  /**
   * Inserts, or updates the row that has the same values in those properties, in one statement:
   * `INSERT … ON CONFLICT ("email") DO UPDATE SET … RETURNING …`. The properties must be unique together. Answers the entity
   * with its key, version and dates as they are stored.
   *
   * With `where` a row that is there is changed only if it satisfies that; otherwise it stays, the entity too, and the answer
   * is null. For what arrives late or twice, where the newest must win.
   *
   * @example
   * const older = where<Price>().lt('quotedAt', quote.quotedAt)
   * await prices.upsert(quote, ['article'], { where: older })   // … DO UPDATE SET … WHERE "price"."quotedAt" < $4 RETURNING …
   *
   * @throws InvalidUpsertError `AMBIT_REPOSITORY_UPSERT`; InvalidSpecificationError `AMBIT_REPOSITORY_SPECIFICATION`;
   * UnrestrictedWriteError `AMBIT_REPOSITORY_UNRESTRICTED` for a `where` that restricts nothing; UnknownPropertyError
   * `AMBIT_QUERY_UNKNOWN_PROPERTY`; QueryValueError `AMBIT_QUERY_VALUE`
   */
  async upsert(
    entity: DeepPartial<T>,
    conflict: readonly (keyof T & string)[],
    options: ConditionalUpsertOptions<T>,
  ): Promise<T | null>
  async upsert(entity: DeepPartial<T>, conflict: readonly (keyof T & string)[], options?: UpsertOptions<T>): Promise<T>
  async upsert(
    entity: DeepPartial<T>,
    conflict: readonly (keyof T & string)[],
    options: UpsertOptions<T> | ConditionalUpsertOptions<T> = {},
  ): Promise<T | null> {
    requireEntity(this, 'upsert', entity)
    const [written] = await this.#upsert('upsert', [this.#entity(entity)], conflict, options)
    return written ?? null
  }

  /**
   * Upserts all, or none, as {@link upsert} does one; no two of them may have the same key. Answers the entities in their
   * order; with `where` only those that were inserted or updated. Nothing is sent for an empty list.
   *
   * @throws as {@link upsert}
   */
  async upsertAll(
    entities: readonly DeepPartial<T>[],
    conflict: readonly (keyof T & string)[],
    options: UpsertOptions<T> | ConditionalUpsertOptions<T> = {},
  ): Promise<T[]> {
    requireEntities(this, 'upsertAll', entities)
    const made = entities.map(entity => this.#entity(entity))
    return this.#upsert('upsertAll', made, conflict, options)
  }

  /**
   * Deletes an entity, with TypeORM's listeners and cascades; nothing happens where there is no such row, unless it had a
   * version.
   *
   * @throws OptimisticLockError `AMBIT_REPOSITORY_OPTIMISTIC_LOCK`
   */
  async delete(entity: T): Promise<void> {
    keyMapOf(this, 'delete', entity)
    requireEntity(this, 'delete', entity)
    await removeAll(contextOf(this), this.orm, { entities: [entity], label: labelOf(this, 'delete') })
    await this.#publish('delete', [entity])
  }

  /** Deletes by identifier, in one statement; answers whether there was such a row. */
  async deleteById(id: Id): Promise<boolean> {
    const query = keyQueryOf(this)
    if (query) return (await query.delete(keyValues(this.orm.metadata, id, labelOf(this, 'deleteById')))) > 0
    const { affected } = await this.orm.delete(keyMapOf(this, 'deleteById', id))
    return (affected ?? 0) > 0
  }

  /** Deletes those entities; nothing for an empty list. */
  async deleteAll(entities: readonly T[]): Promise<void> {
    requireEntities(this, 'deleteAll', entities)
    for (const entity of entities) keyMapOf(this, 'deleteAll', entity)
    const { orm } = this
    if (entities.length > 0) await removeAll(contextOf(this), orm, { entities, label: labelOf(this, 'deleteAll') })
    await this.#publish('deleteAll', entities)
  }

  /** Answers those that were written. */
  async #upsert(
    method: string,
    entities: readonly T[],
    conflict: readonly string[],
    options: UpsertOptions<T> | ConditionalUpsertOptions<T>,
  ): Promise<T[]> {
    const label = labelOf(this, method)
    requireOptions(options, ['update', 'where'], label)
    // A condition that got lost on the way would change more than was meant.
    const where = 'where' in options ? restrictionOfUpsert(options.where, label) : undefined
    const request = { entities, conflict, update: options.update, where, label }
    // Those of the entities that were given.
    return (await upsertAll(contextOf(this), this.orm, request)) as T[]
  }

  #publish(method: string, given: readonly unknown[]): Promise<void> | undefined {
    return publishDomainEvents(this, given, labelOf(this, method))
  }

  #entity(entity: DeepPartial<T>): T {
    const { target } = this.orm
    // An entity of a schema without a class is whatever it is.
    const made = typeof target !== 'function' || entity instanceof target
    return made ? (entity as unknown as T) : madeEntity(this.orm, entity)
  }
}
