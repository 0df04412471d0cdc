import { memberName } from '../core/member-name'
import type { Class } from '../core/metadata'
import { standIn } from '../core/method-layers'
import type { Method } from '../core/wrap-method'
import { declareQuery, QUERY_RESULTS, type QueryResultKind, type QuerySource, streams } from './declaration'
import { QueryDeclarationError } from './errors'
import { queryMethod } from './query-method'
import { refuseOtherPlaces } from './query-place'
import type { RowClass, Select } from './projection/projection'
import { type LockOptions, rowLockOf } from './row-lock'
import type { CheckedDecorator } from './types/checked-decorator.types'

/** Options of a query over properties. The type parameters are what the compiler checks; nobody needs to write them. */
export interface QueryOptions<
  Where extends string = string,
  Result extends QueryResultKind = QueryResultKind,
  Args extends readonly string[] = readonly string[],
  Selected extends Select = Select,
> extends LockOptions {
  /** An expression over properties, as in `'username = :username and active = true'`. Without it the name is the query. */
  readonly where?: Where
  /** What it answers. Default: `'many'` for `where`; for derived names what the name says. */
  readonly result?: Result
  /** The parameters in the order of the method's arguments, where it takes two or more by position. */
  readonly args?: Args
  /** How many rows a stream fetches at a time: at most two such batches are in memory. Default 1,000. */
  readonly fetchSize?: number
  /**
   * What it selects in place of entities: properties (`['name']`), paths by the names they get (`{ city: 'address.city' }`),
   * or a {@link projection} to a class. Only those columns are read.
   */
  readonly select?: Selected
  /** Whether rows that are equal come once. Only with `select`. */
  readonly distinct?: boolean
}

/** Options of a raw SQL query. */
export interface SqlQueryOptions<
  Result extends QueryResultKind = QueryResultKind,
  Args extends readonly string[] = readonly string[],
> {
  /** What it answers. Default `'many'`: plain rows. */
  readonly result?: Result
  readonly args?: Args
  /** For pages: the statement that counts, where wrapping the text would not do. */
  readonly countSql?: string
  /** How many rows a stream fetches at a time. Default 1,000. */
  readonly fetchSize?: number
  /**
   * The class of the rows: each is `new Class()`, with the columns as its properties, `snake_case` as `camelCase`. Without it
   * rows are plain objects, with the columns as they are called.
   */
  readonly into?: RowClass
}

/** A legacy decorator of a `declare`d property or of a method. */
export type QueryDecorator = (target: object, member: string | symbol, descriptor?: PropertyDescriptor) => void

/** What `Query.of(Entity)` answers: the decorator for queries over the properties of that entity. */
export type QueryOf<E> = <
  const Where extends string = never,
  const Result extends QueryResultKind = never,
  const Args extends readonly string[] = never,
  const Selected extends Select = never,
>(
  options?: QueryOptions<Where, Result, Args, Selected>,
) => CheckedDecorator<{
  source: [Where] extends [never] ? 'derived' : 'where'
  text: Where
  result: Result
  args: Args
  select: Selected
  entity: E
}>

/** Of no entity in particular: the one that the class names. */
interface QueryFunction extends QueryOf<never> {
  /**
   * `Query` for the queries of an entity that their class does not name, or not exactly: in a class that is generic over
   * its entity, and in a repository without one. There the query is about this entity; else about the repository's own,
   * which is this one or extends it.
   *
   * @example
   * import { CrudRepository, Query } from 'ambit'
   * const q = Query.of(Named)                                  // abstract class Named { name!: string }
   * abstract class NamedRepository<T extends Named> extends CrudRepository<T> {
   *   @q({ where: 'name = :name' }) declare findNamed: (name: string) => Promise<T[]>
   * }
   * // SELECT … FROM "team" "entity" WHERE "entity"."name" = $1   in a repository of Team, which extends Named
   *
   * @throws QueryDeclarationError `AMBIT_QUERY_OPTION` at once where there is no entity, as in a circular import;
   * `AMBIT_QUERY_ENTITY` at start-up in a repository of another entity
   */
  of<E extends object>(entity: Class<E>): QueryOf<E>

  sql<
    const Text extends string,
    const Result extends QueryResultKind = never,
    const Args extends readonly string[] = never,
  >(
    text: Text,
    options?: SqlQueryOptions<Result, Args>,
  ): CheckedDecorator<{ source: 'sql'; text: Text; result: Result; args: Args; select: never; entity: never }>

  /**
   * The same as `Query`, without the compiler's checks; those at start-up stay. For what the compiler cannot follow: a
   * private method, a column that is no property of the class.
   */
  unchecked(options?: QueryOptions): QueryDecorator
}

/**
 * Declares a query: the framework writes its body. It is checked at start-up against the entity, and answers entities.
 *
 * Declare a property with the function's type (`declare` matters: without it the compiler emits a field that hides the
 * query), or decorate a method whose body is `return declared(...)` where a subclass must override it.
 *
 * @example
 * import { CrudRepository, Page, PageRequest, Query, Repository } from 'ambit'
 * @Repository(User)
 * class UserRepository extends CrudRepository<User, number> {
 *   @Query({ where: 'username = :username', result: 'one' })
 *   declare findByUsername: (username: string) => Promise<User | null>
 *
 *   @Query({ result: 'page' })
 *   declare findByActiveTrueOrderByUsernameAsc: (page: PageRequest) => Promise<Page<User>>
 *
 *   @Query.sql('SELECT count(*) FROM "user" WHERE active = :active', { result: 'scalar' })
 *   declare countByState: (params: { active: boolean }) => Promise<number>
 * }
 * // SELECT … FROM "user" "entity" WHERE "entity"."username" = $1 LIMIT 2
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_SOURCES`, `AMBIT_QUERY_OPTION` when the class is defined
 */
export const Query = Object.assign((...given: readonly unknown[]) => query(given), {
  sql: (text: unknown, options: SqlQueryOptions = {}): QueryDecorator => {
    if (typeof text !== 'string' || text.trim() === '') throw noSource()
    return decorate({ kind: 'sql', text, countSql: options.countSql }, checked(options, SQL_OPTIONS))
  },
  of: (entity: Class) => {
    if (typeof entity !== 'function') throw noClass(entity)
    return (...given: readonly unknown[]): QueryDecorator => query(given, entity)
  },
  unchecked: (...given: readonly unknown[]): QueryDecorator => query(given),
  // The compiler's view of the parameters, a sentence in place of the class, has no part at run time.
}) as unknown as QueryFunction

/** Without its parentheses a decorator is handed what it stands on, and its name: what it answered would be lost. */
function query([options = {}, member]: readonly unknown[], entity?: Class): QueryDecorator {
  if (typeof member === 'string' || typeof member === 'symbol')
    throw withoutParentheses(memberName(options as object, member))
  return decorate(sourceOf(options), checked(options as QueryOptions, OPTIONS), entity)
}

function sourceOf(options: unknown): QuerySource {
  if (!isObject(options)) throw noOptions()
  if ('sql' in options) throw bothSources()
  if (options.where === undefined) return { kind: 'derived' }
  if (typeof options.where !== 'string' || options.where.trim() === '') throw noSource()
  return { kind: 'where', text: options.where }
}

function isObject(value: unknown): value is QueryOptions {
  return typeof value === 'object' && value !== null
}

function decorate(source: QuerySource, options: QueryOptions & SqlQueryOptions, entity?: Class): QueryDecorator {
  const lock = rowLockOf(options)
  return (target, key: unknown, descriptor): PropertyDescriptor | undefined => {
    if (typeof key === 'object' && key !== null && 'kind' in key) throw standardDecorators()
    refuseOtherPlaces(target, key as string | symbol | undefined, descriptor)
    const member = String(key)
    const owner = target.constructor as Class
    const { result, args, fetchSize, select, distinct = false, into } = options
    const answer = { result, fetchSize, lock, select, distinct, into }
    declareQuery({ owner, member, source, args, entity, method: methodOf(descriptor), ...answer })
    const method = queryMethod(owner, member, streams({ source, member, result }))
    const value = standIn(method, { owner: target, member })
    const bound = { value, writable: true, configurable: true, enumerable: false }
    if (descriptor === undefined) {
      Object.defineProperty(target, member, bound)
      return undefined
    }
    // Babel hands fields a descriptor with an initializer; without one it emits no field that would hide the query.
    return 'initializer' in descriptor ? ({ ...bound, initializer: undefined } as PropertyDescriptor) : bound
  }
}

function methodOf(descriptor: PropertyDescriptor | undefined): Method | undefined {
  const value: unknown = descriptor?.value
  return typeof value === 'function' ? (value as Method) : undefined
}

/**
 * The body of a query in its method form, which a subclass can override; it never runs.
 *
 * @example
 * @Query({ where: 'active = true', result: 'page' })
 * findActive(page: PageRequest): Promise<Page<User>> { return declared(page) }
 */
export function declared(...args: readonly unknown[]): never {
  throw new QueryDeclarationError('AMBIT_QUERY_SOURCES', {
    what: `A method whose body is declared(${args.length > 0 ? '…' : ''}) was called, but it is no query.`,
    next: 'Put @Query(…) on the method, and compile with "experimentalDecorators".',
  })
}

const OPTIONS = ['where', 'result', 'args', 'select', 'distinct', 'fetchSize', 'lock', 'onLocked'] as const
const SQL_OPTIONS = ['result', 'args', 'countSql', 'into', 'fetchSize'] as const

function checked<T extends QueryOptions | SqlQueryOptions>(options: T, known: readonly string[]): T {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw invalidOption(`unknown option '${name}'`, `Use one of ${known.join(', ')}.`)
  }
  if (options.result !== undefined && !QUERY_RESULTS.includes(options.result)) {
    throw invalidOption(`unknown result ${JSON.stringify(options.result)}`, `Use one of ${QUERY_RESULTS.join(', ')}.`)
  }
  return options
}

function invalidOption(problem: string, next: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', { what: `Invalid @Query: ${problem}.`, next })
}

function noOptions(): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: '@Query was given something that is no object of options.',
    next: "Write @Query() for a derived name, @Query({ where: '…' }), or @Query.sql('…').",
  })
}

function withoutParentheses(where: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: '@Query was used without parentheses.',
    where,
    next: "Write @Query() for a derived name, or @Query({ where: '…' }).",
  })
}

function noSource(): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_SOURCES', {
    what: '@Query was given an empty text.',
    next: "Write @Query({ where: '…' }), @Query.sql('…'), or @Query() for a derived name.",
  })
}

function bothSources(): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_SOURCES', {
    what: '@Query was given sql as an option.',
    next: "A query has one source: @Query({ where: '…' }) over properties, or @Query.sql('…').",
  })
}

function noClass(given: unknown): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `Query.of was given no class, but ${typeof given}.`,
    next: 'Pass the class of the entity. Where two files import each other one sees the other half made: give the entity a file of its own.',
  })
}

function standardDecorators(): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: '@Query was compiled as a standard (TC39) decorator; Ambit uses legacy decorators, as TypeORM does.',
    next: 'Set "experimentalDecorators": true in the tsconfig that your build really reads.',
  })
}
