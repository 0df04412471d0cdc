import { OrderTerm } from '../ast/order-term'
import type { Predicate } from '../ast/predicate'
import { printQuery } from '../ast/print-query'
import type { Specification } from '../builder/specification'
import { wholeNumber } from '../paging/page-numbers'
import type { Sort } from '../paging/sort'
import {
  type Allowed,
  type AllowList,
  allowListOf,
  type NamedProperties,
  propertiesOf,
  requireAllowed,
} from './allow-list'

/** What makes the parameters of a query. */
export interface QueryParamsInit<T> {
  /** `undefined`: every row. */
  readonly where?: Specification<T> | undefined
  readonly sort?: Sort | undefined
  /** How many rows at most; 0 is none. `undefined`: no limit. */
  readonly limit?: number | undefined
  /** How many rows to leave out at the beginning. Default 0. */
  readonly offset?: number | undefined
}

/**
 * What is wanted of a result: conditions, order, and which part. Immutable; a {@link Specification}.
 *
 * Those of a parsed text are closed: their conditions and their sort can be read, and so run, only if everything that they
 * name was allowed. Nothing can go round that: composing them reads them.
 *
 * @example
 * QueryParams.of<User>({ where: where<User>().isTrue('active'), sort: Sort.by('username'), limit: 20 })
 *
 * @throws PropertyNotAllowedError `AMBIT_QUERY_NOT_ALLOWED` from `predicate` and `sort`
 * @throws InvalidPageError `AMBIT_QUERY_INVALID_PAGE` for a limit or offset that is negative or no whole number
 */
export class QueryParams<T = unknown> implements Specification<T> {
  declare readonly '~restricts'?: (entity: T) => void
  declare readonly '~openTo'?: readonly string[]
  readonly limit: number | undefined
  readonly offset: number
  readonly #predicate: Predicate | undefined
  readonly #sort: Sort | undefined
  readonly #open: boolean

  private constructor(content: QueryContent, open: AllowList | boolean) {
    this.limit = content.limit === undefined ? undefined : wholeNumber('limit', content.limit, 0)
    this.offset = wholeNumber('offset', content.offset ?? 0, 0)
    this.#predicate = content.predicate
    this.#sort = content.sort
    this.#open = open !== false
    if (typeof open === 'object') this['~openTo'] = open.all
    Object.freeze(this)
  }

  /** Parameters that the program makes by itself: nothing has to be allowed. */
  static of<T = unknown>({ where, ...rest }: QueryParamsInit<T> = {}): QueryParams<T> {
    return new QueryParams<T>({ ...rest, predicate: where?.predicate }, true)
  }

  /** What a text says; closed until something is allowed. @internal */
  static closed<T>(content: QueryContent): QueryParams<T> {
    return new QueryParams<T>(content, false)
  }

  /** The same parameters, which name nothing that is not allowed. @internal */
  opened(allowed: AllowList, label: string): QueryParams<T> {
    requireAllowed(this.properties, allowed, label)
    return new QueryParams<T>(this.#content, allowed)
  }

  /** The conditions; `undefined`: every row. */
  get predicate(): Predicate | undefined {
    this.#requireAllowed()
    return this.#predicate
  }

  get sort(): Sort | undefined {
    this.#requireAllowed()
    return this.#sort
  }

  /** What the text names, whether it is allowed or not. */
  get properties(): NamedProperties {
    return propertiesOf(this.#predicate, this.#sort?.terms ?? [])
  }

  /**
   * The same, open to those properties and to no others.
   *
   * @throws PropertyNotAllowedError `AMBIT_QUERY_NOT_ALLOWED` where the text names another one
   */
  allow(allowed: Allowed<T>): QueryParams<T> {
    return allowed === '*' ? new QueryParams<T>(this.#content, true) : this.opened(allowListOf(allowed), LABEL)
  }

  /** The canonical text of conditions and order, for logs: it holds the values. */
  toString(): string {
    return printQuery(this.#predicate, this.#sort?.terms.map(orderTermOf))
  }

  get #content(): QueryContent {
    return { predicate: this.#predicate, sort: this.#sort, limit: this.limit, offset: this.offset }
  }

  /** Those that were opened have been checked. */
  #requireAllowed(): void {
    if (!this.#open) requireAllowed(this.properties, undefined, LABEL)
  }
}

const LABEL = 'QueryParams'

/** What makes parameters, before anybody knows whether it may. */
export interface QueryContent {
  readonly predicate: Predicate | undefined
  readonly sort?: Sort | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

function orderTermOf({ path, direction, nulls, ignoreCase }: Sort['terms'][number]): OrderTerm {
  return OrderTerm.create(path, direction, { nulls, ignoreCase })
}
