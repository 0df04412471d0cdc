import type { Class } from '../../core/metadata'
import { AN_ARRAY, oneOf, type OptionCheck, refuseOptions } from '../../core/option-checks'
import { QueryDeclarationError, QueryInputError } from '../errors'
import type { ElementPath, PropertyPath } from '../paging/property-path.types'
import { type AllowList, allowListOf } from './allow-list'
import { FilterTexts } from './filter-texts'
import { QueryParams } from './query-params'

/** What is open to requests, and how much of it. */
export interface QueryableOptions<T> {
  /**
   * The properties that a filter may name, those of a list's elements included. A relation opens its key only, not what lies
   * behind it; a list opens `is empty`, and never `contains`. Default none.
   */
  readonly filter?: readonly (PropertyPath<T> | ElementPath<T>)[]
  /** The properties that a sort may name. Default none. */
  readonly sort?: readonly PropertyPath<T>[]
  /** Longest filter, in UTF-16 units. Default 2,000. */
  readonly maxLength?: number
  /** Deepest nesting of parentheses, `not`, `any` and `none`; above the default a filter may be too deep to run. Default 4. */
  readonly maxDepth?: number
  /** Most conditions and list members together. Default 200. */
  readonly maxTerms?: number
  /** Most members of one list. Default 100. */
  readonly maxListLength?: number
  /** Most rows that a request may ask for. Default 100. */
  readonly maxLimit?: number
  /** How many rows a request gets that does not say. Default 20, or `maxLimit` where that is less. */
  readonly defaultLimit?: number
  /** Whether a higher limit than `maxLimit` is an error, or taken for `maxLimit`. Default `'refuse'`. */
  readonly beyondLimit?: 'refuse' | 'clamp'
  /** Most rows that a request may leave out: the database reads them all the same. Default 10,000. */
  readonly maxOffset?: number
}

/** What a request may hold: the parsed query of a URL, say. Other keys are not looked at. */
export interface QueryInput {
  /** A filter's text; missing or blank: every row. */
  readonly filter?: unknown
  /** `'+createdAt,-name'` or `'name desc'`; missing or blank: in no particular order. */
  readonly sort?: unknown
  /** A whole number, or its digits. */
  readonly limit?: unknown
  /** A whole number, or its digits. */
  readonly offset?: unknown
}

/**
 * Says once what requests may do with an entity: which properties they may filter and sort by, and how large they may be.
 * What is not listed is closed, whether the entity has it or not.
 *
 * A listed property that the entity does not have is an error of the compiler, and else of the first query.
 *
 * @example
 * const people = defineQueryable(User, { filter: ['username', 'age', 'team.name'], sort: ['username', 'age'] })
 * const params = people.parse(request.query)   // ?filter=age > 17 and team.name = 'tea'&sort=-age&limit=50
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`, InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE`
 */
export function defineQueryable<T extends object>(entity: Class<T>, options: QueryableOptions<T>): Queryable<T> {
  const refusal = refuseOptions(options, OPTIONS)
  if (refusal === undefined) return new Queryable<T>(entity.name, options)
  const where = `defineQueryable(${entity.name})`
  throw new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `${where} ${refusal.problem}.`,
    where,
    next: refusal.next,
  })
}

/**
 * What requests may do with an entity; made once by {@link defineQueryable}, and asked with each request.
 *
 * @example
 * import { defineQueryable } from 'ambit/query'
 *
 * class User { id!: number; username!: string; passwordHash!: string }
 * const people = defineQueryable(User, { filter: ['username'], sort: ['username'], maxLimit: 50 })
 * const params = people.parse({ filter: "username starts with 'a'", sort: '-username', limit: '20' })
 * console.log(String(params.predicate?.kind), String(params.sort), params.limit) // => pattern username DESC 20
 * try {
 *   people.parse({ filter: "passwordHash starts with 'x'" })
 * } catch (error) {
 *   console.log((error as { code?: string }).code) // => AMBIT_QUERY_NOT_ALLOWED
 * }
 */
export class Queryable<T = unknown> {
  readonly #name: string
  readonly #allowed: AllowList
  readonly #limits: Limits
  readonly #texts: FilterTexts

  /** @internal */
  constructor(name: string, options: QueryableOptions<T>) {
    const { maxLength = 2_000, maxDepth = 4, maxTerms = 200, maxListLength = 100 } = options
    this.#name = name
    this.#allowed = allowListOf(options)
    this.#limits = limitsOf(options)
    this.#texts = new FilterTexts({ label: `a request for ${name}`, maxLength, maxDepth, maxTerms, maxListLength })
    Object.freeze(this)
  }

  /**
   * Reads a request, and refuses whatever is not open to it.
   *
   * @example
   * people.parse({ filter: "username starts with 'a'", sort: '+username', limit: '20', offset: '40' })
   *
   * @throws QuerySyntaxError `AMBIT_QUERY_SYNTAX`, `AMBIT_QUERY_LIMIT`; PropertyNotAllowedError `AMBIT_QUERY_NOT_ALLOWED`;
   * QueryInputError `AMBIT_QUERY_INPUT`; InvalidSortError `AMBIT_QUERY_INVALID_SORT`
   */
  parse(input: QueryInput): QueryParams<T> {
    const filter = textOf(input, 'filter')
    const sort = textOf(input, 'sort')
    const content = {
      predicate: filter === undefined ? undefined : this.#texts.filter(filter),
      sort: sort === undefined ? undefined : this.#texts.sort(sort),
      limit: this.#limit(input),
      offset: this.#offset(input),
    }
    return QueryParams.closed<T>(content).opened(this.#allowed, `a request for ${this.#name}`)
  }

  #limit(input: QueryInput): number {
    const { maxLimit, defaultLimit, beyondLimit } = this.#limits
    const limit = numberOf(input, 'limit') ?? defaultLimit
    if (limit <= maxLimit) return limit
    if (beyondLimit === 'clamp') return maxLimit
    throw beyond('limit', maxLimit)
  }

  #offset(input: QueryInput): number {
    const { maxOffset } = this.#limits
    const offset = numberOf(input, 'offset') ?? 0
    if (offset <= maxOffset) return offset
    throw beyond('offset', maxOffset)
  }
}

interface Limits {
  readonly maxLimit: number
  readonly defaultLimit: number
  readonly beyondLimit: 'refuse' | 'clamp'
  readonly maxOffset: number
}

function limitsOf(options: Partial<Limits>): Limits {
  const { maxLimit = 100, beyondLimit = 'refuse', maxOffset = 10_000 } = options
  const { defaultLimit = Math.min(20, maxLimit) } = options
  requireNumber('maxLimit', maxLimit, 1, Number.MAX_SAFE_INTEGER)
  requireNumber('defaultLimit', defaultLimit, 0, maxLimit)
  requireNumber('maxOffset', maxOffset, 0, Number.MAX_SAFE_INTEGER)
  return { maxLimit, defaultLimit, beyondLimit, maxOffset }
}

function requireNumber(option: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  throw new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `The option ${option} of a queryable cannot be ${String(value)}.`,
    next: `Use a whole number from ${String(least)} to ${String(most)}.`,
  })
}

/** A parameter that is repeated in a URL comes as a list. */
function textOf(input: QueryInput, name: 'filter' | 'sort'): string | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value.trim() === '' ? undefined : value
  throw new QueryInputError(
    { what: `The ${name} of the request is no text.`, next: `Pass the ${name} once, as text.` },
    name,
  )
}

function numberOf(input: QueryInput, name: 'limit' | 'offset'): number | undefined {
  const value = input[name]
  if (value === undefined || value === null || value === '') return undefined
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
  throw new QueryInputError(
    { what: `The ${name} of the request is no whole number of 0 or more.`, next: 'Pass it once, in digits.' },
    name,
  )
}

function beyond(input: 'limit' | 'offset', most: number): QueryInputError {
  return new QueryInputError(
    { what: `The ${input} of the request is above ${String(most)}.`, next: 'Ask for less.' },
    input,
  )
}

/** Where the value has to be a number, what reads it says so, with its bounds. */
const A_LIMIT: OptionCheck = { expected: 'a whole number', accepts: () => true }

const OPTIONS = {
  filter: AN_ARRAY,
  sort: AN_ARRAY,
  maxLength: A_LIMIT,
  maxDepth: A_LIMIT,
  maxTerms: A_LIMIT,
  maxListLength: A_LIMIT,
  maxLimit: A_LIMIT,
  defaultLimit: A_LIMIT,
  beyondLimit: oneOf(['refuse', 'clamp']),
  maxOffset: A_LIMIT,
} as const satisfies Record<keyof QueryableOptions<unknown>, OptionCheck>
