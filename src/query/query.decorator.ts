import type { Class } from '../core/metadata'
import { declareQuery, QUERY_RESULTS, type QueryResultKind, type QuerySource } from './declaration'
import { QueryDeclarationError } from './errors'
import { queryMethod } from './query-method'
import type { CheckedDecorator } from './types/checked-decorator.types'

/** Options of a query over properties. The type parameters are what the compiler checks; nobody needs to write them. */
export interface QueryOptions<
  Where extends string = string,
  Result extends QueryResultKind = QueryResultKind,
  Args extends readonly string[] = readonly string[],
> {
  /** An expression over properties, as in `'username = :username and active = true'`. Without it the name is the query. */
  readonly where?: Where
  /** What it answers. Default: `'many'` for `where`; for derived names what the name says. */
  readonly result?: Result
  /** The parameters in the order of the method's arguments, where it takes two or more by position. */
  readonly args?: Args
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
}

/** A legacy decorator of a `declare`d property or of a method. */
export type QueryDecorator = (target: object, member: string | symbol, descriptor?: PropertyDescriptor) => void

interface QueryFunction {
  <
    const Where extends string = never,
    const Result extends QueryResultKind = never,
    const Args extends readonly string[] = never,
  >(
    options?: QueryOptions<Where, Result, Args>,
  ): CheckedDecorator<{
    source: [Where] extends [never] ? 'derived' : 'where'
    text: Where
    result: Result
    args: Args
  }>

  sql<
    const Text extends string,
    const Result extends QueryResultKind = never,
    const Args extends readonly string[] = never,
  >(
    text: Text,
    options?: SqlQueryOptions<Result, Args>,
  ): CheckedDecorator<{ source: 'sql'; text: Text; result: Result; args: Args }>

  /**
   * The same as `Query`, without the compiler's checks; those at start-up stay. For what the compiler cannot follow: a class
   * that is generic over its entity, a private method, a column that is no property of the class.
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
export const Query = Object.assign(query, {
  sql: (text: string, options: SqlQueryOptions = {}): QueryDecorator => {
    if (text.trim() === '') throw noSource()
    return decorate({ kind: 'sql', text, countSql: options.countSql }, checked(options, SQL_OPTIONS))
  },
  unchecked: query,
  // The compiler's view of the parameters, a sentence in place of the class, has no part at run time.
}) as unknown as QueryFunction

function query(options: QueryOptions = {}): QueryDecorator {
  return decorate(sourceOf(options), checked(options, OPTIONS))
}

function sourceOf(options: QueryOptions): QuerySource {
  if ('sql' in options) throw bothSources()
  if (options.where === undefined) return { kind: 'derived' }
  if (typeof options.where !== 'string' || options.where.trim() === '') throw noSource()
  return { kind: 'where', text: options.where }
}

function decorate(source: QuerySource, options: QueryOptions | SqlQueryOptions): QueryDecorator {
  return (target, key: unknown, descriptor): PropertyDescriptor | undefined => {
    if (typeof key === 'object' && key !== null && 'kind' in key) throw standardDecorators()
    const member = String(key)
    const owner = target.constructor as Class
    if (typeof target === 'function') throw onStatic(target.name, member)
    declareQuery({ owner, member, source, result: options.result, args: options.args })
    const bound = { value: queryMethod(owner, member), writable: true, configurable: true, enumerable: false }
    if (descriptor === undefined) {
      Object.defineProperty(target, member, bound)
      return undefined
    }
    // Babel hands fields a descriptor with an initializer; without one it emits no field that would hide the query.
    return 'initializer' in descriptor ? ({ ...bound, initializer: undefined } as PropertyDescriptor) : bound
  }
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

const OPTIONS = ['where', 'result', 'args'] as const
const SQL_OPTIONS = ['result', 'args', 'countSql'] as const

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

function onStatic(owner: string, member: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `@Query stands on the static member ${owner}.${member}.`,
    where: `${owner}.${member}`,
    next: 'Declare it on instances: repositories are objects that the container builds.',
  })
}

function standardDecorators(): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: '@Query was compiled as a standard (TC39) decorator; Ambit uses legacy decorators, as TypeORM does.',
    next: 'Set "experimentalDecorators": true in the tsconfig that your build really reads.',
  })
}
