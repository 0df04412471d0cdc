import { BooleanTestNode } from '../ast/boolean-test-node'
import { allOf, anyOf } from '../ast/combine'
import { invalidNode } from '../ast/invalid-node'
import { NotNode } from '../ast/not-node'
import { NullTestNode } from '../ast/null-test-node'
import type { Predicate } from '../ast/predicate'
import { printPredicate } from '../ast/print-query'
import type { PropertyPath } from '../paging/property-path.types'
import { between, comparison, equality, membership, pattern, type TextOptions } from './make-condition'
import type { PropertyValue } from './property-value.types'
import type { Specification } from './specification'

/**
 * Conditions over the properties of an entity, built in code. Immutable: every method answers a new builder, so that a
 * common beginning can be kept and continued in several ways. A builder is a {@link Specification}: repositories take it.
 *
 * Conditions in a row are joined by `and`. `and()` and `or()` without an argument join what follows, and `and` binds
 * tighter: `a.or().b.and().c` is `a or (b and c)`, as in SQL. With a specification they combine it with *all* that stands
 * before: `x.and(tenantFilter)` restricts the whole of `x`. What is empty restricts nothing and is neutral everywhere.
 *
 * Every value is bound; `eq(path, null)` tests for null; `undefined`, NaN and invalid dates are refused.
 *
 * @example
 * import { where } from 'ambit'
 * where<User>().eq('active', true).and().gt('age', 17)            // active = true and age > 17
 * where<User>().isNull('team').or().eq('team.name', 'tea')        // team is null or team.name = 'tea'
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for a value, list or path that means nothing
 */
export class QueryBuilder<T = unknown> implements Specification<T> {
  declare readonly '~restricts'?: (entity: T) => void
  #state = EMPTY

  constructor() {
    Object.freeze(this)
  }

  /**
   * The conditions as a tree; `undefined` where there are none.
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` behind an `and()` or `or()` that nothing follows
   */
  get predicate(): Predicate | undefined {
    const { alternatives, joiner } = this.#state
    if (joiner !== undefined)
      throw invalidNode(
        `The conditions end with ${joiner}().`,
        'Add the condition that it was to join, or take it away.',
      )
    return anyOf(alternatives.flatMap(parts => allOf(parts) ?? []))
  }

  /** The same as {@link predicate}. */
  build(): Predicate | undefined {
    return this.predicate
  }

  /** Equal; null: has no value. */
  eq<P extends PropertyPath<T>>(path: P, value: PropertyValue<T, P> | null, options?: TextOptions): QueryBuilder<T> {
    return this.#with(equality('eq', path, value, options))
  }

  /** Different, where there is a value; null: has a value. */
  ne<P extends PropertyPath<T>>(path: P, value: PropertyValue<T, P> | null, options?: TextOptions): QueryBuilder<T> {
    return this.#with(equality('ne', path, value, options))
  }

  gt<P extends PropertyPath<T>>(path: P, value: PropertyValue<T, P>): QueryBuilder<T> {
    return this.#with(comparison('gt', path, value))
  }

  gte<P extends PropertyPath<T>>(path: P, value: PropertyValue<T, P>): QueryBuilder<T> {
    return this.#with(comparison('gte', path, value))
  }

  lt<P extends PropertyPath<T>>(path: P, value: PropertyValue<T, P>): QueryBuilder<T> {
    return this.#with(comparison('lt', path, value))
  }

  lte<P extends PropertyPath<T>>(path: P, value: PropertyValue<T, P>): QueryBuilder<T> {
    return this.#with(comparison('lte', path, value))
  }

  /** One of a list; of an empty one never. The list is one parameter, whatever its length. */
  in<P extends PropertyPath<T>>(
    path: P,
    values: readonly PropertyValue<T, P>[],
    options?: TextOptions,
  ): QueryBuilder<T> {
    return this.#with(membership(path, values, { ...options, negated: false }))
  }

  /** None of a list; with an empty one always. */
  notIn<P extends PropertyPath<T>>(
    path: P,
    values: readonly PropertyValue<T, P>[],
    options?: TextOptions,
  ): QueryBuilder<T> {
    return this.#with(membership(path, values, { ...options, negated: true }))
  }

  /** Both ends included. */
  between<P extends PropertyPath<T>>(path: P, low: PropertyValue<T, P>, high: PropertyValue<T, P>): QueryBuilder<T> {
    return this.#with(between(path, [low, high]))
  }

  /** Outside both ends. */
  notBetween<P extends PropertyPath<T>>(path: P, low: PropertyValue<T, P>, high: PropertyValue<T, P>): QueryBuilder<T> {
    return this.#with(between(path, [low, high], { negated: true }))
  }

  /** Matches a pattern: `%` is any text, `_` one character, and a backslash takes the next one literally. By case. */
  like(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('like', path, text, options))
  }

  notLike(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('like', path, text, { ...options, negated: true }))
  }

  /** {@link like} without regard to case. */
  ilike(path: PropertyPath<T>, text: string): QueryBuilder<T> {
    return this.like(path, text, IGNORE_CASE)
  }

  notIlike(path: PropertyPath<T>, text: string): QueryBuilder<T> {
    return this.notLike(path, text, IGNORE_CASE)
  }

  /** Has the text in it, taken as it is: `%` and `_` stand for themselves. */
  contains(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('contains', path, text, options))
  }

  notContains(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('contains', path, text, { ...options, negated: true }))
  }

  startsWith(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('startsWith', path, text, options))
  }

  notStartsWith(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('startsWith', path, text, { ...options, negated: true }))
  }

  endsWith(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('endsWith', path, text, options))
  }

  notEndsWith(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('endsWith', path, text, { ...options, negated: true }))
  }

  isNull(path: PropertyPath<T>): QueryBuilder<T> {
    return this.#with(NullTestNode.create(path))
  }

  isNotNull(path: PropertyPath<T>): QueryBuilder<T> {
    return this.#with(NullTestNode.create(path, { negated: true }))
  }

  isTrue(path: PropertyPath<T>): QueryBuilder<T> {
    return this.#with(BooleanTestNode.create(path, true))
  }

  isFalse(path: PropertyPath<T>): QueryBuilder<T> {
    return this.#with(BooleanTestNode.create(path, false))
  }

  /** Adds a specification like one condition, as if in parentheses. */
  where(specification: Specification<T>): QueryBuilder<T> {
    const { predicate } = specification
    return predicate === undefined ? this.#joining(undefined) : this.#with(predicate)
  }

  /** Joins what follows by `and`; with a specification: all that stands before, and it. */
  and(specification?: Specification<T>): QueryBuilder<T> {
    return this.#combined('and', specification)
  }

  /** Joins what follows by `or`; with a specification: all that stands before, or it. */
  or(specification?: Specification<T>): QueryBuilder<T> {
    return this.#combined('or', specification)
  }

  /** The opposite of all that stands before; unknown, and so no match, where that is unknown. */
  not(): QueryBuilder<T> {
    const { predicate } = this
    return predicate === undefined ? this : QueryBuilder.#of([[NotNode.create(predicate)]])
  }

  /** The canonical text, for logs: it holds the values. */
  toString(): string {
    const { predicate } = this
    return predicate === undefined ? '' : printPredicate(predicate)
  }

  #with(predicate: Predicate): QueryBuilder<T> {
    const { alternatives, joiner } = this.#state
    if (joiner === 'or') return QueryBuilder.#of([...alternatives, [predicate]])
    return QueryBuilder.#of([...alternatives.slice(0, -1), [...(alternatives.at(-1) ?? []), predicate]])
  }

  #combined(joiner: Joiner, specification: Specification<T> | undefined): QueryBuilder<T> {
    if (specification === undefined) return this.#joining(joiner)
    const own = this.predicate
    const other = specification.predicate
    if (other === undefined) return this
    if (own === undefined) return QueryBuilder.#of([[other]])
    return QueryBuilder.#of(joiner === 'and' ? [[own, other]] : [[own], [other]])
  }

  /** A joiner before the first condition joins nothing. */
  #joining(joiner: Joiner | undefined): QueryBuilder<T> {
    const { alternatives, joiner: open } = this.#state
    if (alternatives.length === 0 || joiner === open) return this
    if (joiner !== undefined && open !== undefined)
      throw invalidNode(`${joiner}() follows ${open}().`, 'Say one of them, or put the condition between them.')
    return QueryBuilder.#of(alternatives, joiner)
  }

  /** Freezing leaves private fields open: a builder's state is set here, before anybody has it. */
  static #of<T>(alternatives: BuilderState['alternatives'], joiner?: Joiner): QueryBuilder<T> {
    const builder = new QueryBuilder<T>()
    builder.#state = { alternatives, joiner }
    return builder
  }
}

type Joiner = 'and' | 'or'

interface BuilderState {
  /** What `or` joins: the conditions that `and` joins. None of them is empty. */
  readonly alternatives: readonly (readonly Predicate[])[]
  /** What joins the next condition, where it was said and nothing has followed yet. */
  readonly joiner: Joiner | undefined
}

const EMPTY: BuilderState = { alternatives: [], joiner: undefined }
const IGNORE_CASE: TextOptions = { ignoreCase: true }
