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
   * @example
   * import { where } from 'ambit'
   * console.log(where().predicate, where().isNull('team').predicate?.kind) // => undefined null-test
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

  /**
   * The same as {@link predicate}.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(where().gt('age', 17).build()?.kind) // => comparison
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` behind an `and()` or `or()` that nothing follows
   */
  build(): Predicate | undefined {
    return this.predicate
  }

  /**
   * Equal; null: has no value. On PostgreSQL: `"username" = $1`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().eq('username', 'ann'))) // => username = 'ann'
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for undefined, NaN, an infinity, an invalid date, or what is
   * no path
   */
  eq<P extends PropertyPath<T>>(path: P, value: PropertyValue<T, P> | null, options?: TextOptions): QueryBuilder<T> {
    return this.#with(equality('eq', path, value, options))
  }

  /**
   * Different, where there is a value; null: has a value. On PostgreSQL: `"username" <> $1`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().ne('username', 'ann'))) // => username <> 'ann'
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for undefined, NaN, an infinity, an invalid date, or what is
   * no path
   */
  ne<P extends PropertyPath<T>>(path: P, value: PropertyValue<T, P> | null, options?: TextOptions): QueryBuilder<T> {
    return this.#with(equality('ne', path, value, options))
  }

  /**
   * Greater. On PostgreSQL: `"age" > $1`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().gt('age', 17))) // => age > 17
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for null, undefined, NaN, an infinity, an invalid date, or
   * what is no path
   */
  gt<P extends PropertyPath<T>>(path: P, value: PropertyValue<T, P>): QueryBuilder<T> {
    return this.#with(comparison('gt', path, value))
  }

  /**
   * Greater or equal. On PostgreSQL: `"age" >= $1`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().gte('age', 18))) // => age >= 18
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for null, undefined, NaN, an infinity, an invalid date, or
   * what is no path
   */
  gte<P extends PropertyPath<T>>(path: P, value: PropertyValue<T, P>): QueryBuilder<T> {
    return this.#with(comparison('gte', path, value))
  }

  /**
   * Less. On PostgreSQL: `"age" < $1`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().lt('age', 18))) // => age < 18
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for null, undefined, NaN, an infinity, an invalid date, or
   * what is no path
   */
  lt<P extends PropertyPath<T>>(path: P, value: PropertyValue<T, P>): QueryBuilder<T> {
    return this.#with(comparison('lt', path, value))
  }

  /**
   * Less or equal. On PostgreSQL: `"age" <= $1`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().lte('age', 17))) // => age <= 17
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for null, undefined, NaN, an infinity, an invalid date, or
   * what is no path
   */
  lte<P extends PropertyPath<T>>(path: P, value: PropertyValue<T, P>): QueryBuilder<T> {
    return this.#with(comparison('lte', path, value))
  }

  /**
   * One of a list; of an empty one never. The list is one parameter, whatever its length. On PostgreSQL: `"age" = ANY($1)`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().in('age', [17, 18]))) // => age in (17, 18)
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no array, a member that is null, undefined or NaN,
   * or what is no path
   */
  in<P extends PropertyPath<T>>(
    path: P,
    values: readonly PropertyValue<T, P>[],
    options?: TextOptions,
  ): QueryBuilder<T> {
    return this.#with(membership(path, values, { ...options, negated: false }))
  }

  /**
   * None of a list; with an empty one always. On PostgreSQL: `"age" <> ALL($1)`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().notIn('age', [17, 18]))) // => age not in (17, 18)
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no array, a member that is null, undefined or NaN,
   * or what is no path
   */
  notIn<P extends PropertyPath<T>>(
    path: P,
    values: readonly PropertyValue<T, P>[],
    options?: TextOptions,
  ): QueryBuilder<T> {
    return this.#with(membership(path, values, { ...options, negated: true }))
  }

  /**
   * Between two values, both ends included. On PostgreSQL: `"age" BETWEEN $1 AND $2`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().between('age', 18, 30))) // => age between 18 and 30
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for null, undefined, NaN, an infinity, an invalid date, or
   * what is no path
   */
  between<P extends PropertyPath<T>>(path: P, low: PropertyValue<T, P>, high: PropertyValue<T, P>): QueryBuilder<T> {
    return this.#with(between(path, [low, high]))
  }

  /**
   * Outside of two values, and of both ends. On PostgreSQL: `"age" NOT BETWEEN $1 AND $2`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().notBetween('age', 18, 30))) // => age not between 18 and 30
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for null, undefined, NaN, an infinity, an invalid date, or
   * what is no path
   */
  notBetween<P extends PropertyPath<T>>(path: P, low: PropertyValue<T, P>, high: PropertyValue<T, P>): QueryBuilder<T> {
    return this.#with(between(path, [low, high], { negated: true }))
  }

  /**
   * Matches a pattern: `%` is any text, `_` one character, and a backslash takes the next one literally. By case. On
   * PostgreSQL: `"username" LIKE $1`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().like('username', 'a%'))) // => username like 'a%'
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
   */
  like(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('like', path, text, options))
  }

  /**
   * Has a value that does not match a pattern, as in {@link like}. On PostgreSQL: `NOT ("username" LIKE $1)`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().notLike('username', 'a%'))) // => username not like 'a%'
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
   */
  notLike(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('like', path, text, { ...options, negated: true }))
  }

  /**
   * Matches a pattern, as in {@link like}, without regard to case. On PostgreSQL: `LOWER("username") LIKE LOWER($1)`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().ilike('username', 'a%'))) // => username like 'a%' ignore case
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
   */
  ilike(path: PropertyPath<T>, text: string): QueryBuilder<T> {
    return this.like(path, text, IGNORE_CASE)
  }

  /**
   * Has a value that does not match a pattern in any case. On PostgreSQL: `NOT (LOWER("username") LIKE LOWER($1))`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().notIlike('username', 'a%'))) // => username not like 'a%' ignore case
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
   */
  notIlike(path: PropertyPath<T>, text: string): QueryBuilder<T> {
    return this.notLike(path, text, IGNORE_CASE)
  }

  /**
   * Has the text in it, taken as it is: `%` and `_` stand for themselves. On PostgreSQL: `strpos("username", $1) > 0`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().contains('username', '50%'))) // => username contains '50%'
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
   */
  contains(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('contains', path, text, options))
  }

  /**
   * Has a value without the text in it. On PostgreSQL: `NOT (strpos("username", $1) > 0)`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().notContains('username', '50%'))) // => username not contains '50%'
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
   */
  notContains(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('contains', path, text, { ...options, negated: true }))
  }

  /**
   * Begins with the text, taken as it is. On PostgreSQL: `starts_with("username", $1)`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().startsWith('username', 'a'))) // => username starts with 'a'
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
   */
  startsWith(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('startsWith', path, text, options))
  }

  /**
   * Has a value that does not begin with the text. On PostgreSQL: `NOT (starts_with("username", $1))`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().notStartsWith('username', 'a'))) // => username not starts with 'a'
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
   */
  notStartsWith(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('startsWith', path, text, { ...options, negated: true }))
  }

  /**
   * Ends with the text, taken as it is. On PostgreSQL: `right("username", length($1)) = $1`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().endsWith('username', 'n'))) // => username ends with 'n'
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
   */
  endsWith(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('endsWith', path, text, options))
  }

  /**
   * Has a value that does not end with the text. On PostgreSQL: `NOT (right("username", length($1)) = $1)`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().notEndsWith('username', 'n'))) // => username not ends with 'n'
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no text, or what is no path
   */
  notEndsWith(path: PropertyPath<T>, text: string, options?: TextOptions): QueryBuilder<T> {
    return this.#with(pattern('endsWith', path, text, { ...options, negated: true }))
  }

  /**
   * Has no value. On PostgreSQL: `"team" IS NULL`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().isNull('team'))) // => team is null
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no path
   */
  isNull(path: PropertyPath<T>): QueryBuilder<T> {
    return this.#with(NullTestNode.create(path))
  }

  /**
   * Has a value. On PostgreSQL: `"team" IS NOT NULL`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().isNotNull('team'))) // => team is not null
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no path
   */
  isNotNull(path: PropertyPath<T>): QueryBuilder<T> {
    return this.#with(NullTestNode.create(path, { negated: true }))
  }

  /**
   * Is true; no value is not true. On PostgreSQL: `"active" IS NOT DISTINCT FROM $1`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().isTrue('active'))) // => active is true
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no path
   */
  isTrue(path: PropertyPath<T>): QueryBuilder<T> {
    return this.#with(BooleanTestNode.create(path, true))
  }

  /**
   * Is false; no value is not false. On PostgreSQL: `"active" IS NOT DISTINCT FROM $1`.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().isFalse('active'))) // => active is false
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` for what is no path
   */
  isFalse(path: PropertyPath<T>): QueryBuilder<T> {
    return this.#with(BooleanTestNode.create(path, false))
  }

  /**
   * Adds a specification like one condition, as if in parentheses.
   *
   * @example
   * import { where } from 'ambit'
   * import { anyOf, eq } from 'ambit/query'
   * const mine = anyOf(eq('owner', 'ann'), eq('public', true))
   * console.log(String(where().gt('age', 17).where(mine))) // => age > 17 and (owner = 'ann' or public = true)
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` where the specification ends with `and()` or `or()`
   */
  where(specification: Specification<T>): QueryBuilder<T> {
    const { predicate } = specification
    return predicate === undefined ? this.#joining(undefined) : this.#with(predicate)
  }

  /**
   * Joins what follows by `and`; with a specification: all that stands before, and it.
   *
   * @example
   * import { where } from 'ambit'
   * import { eq } from 'ambit/query'
   * const found = where().isNull('team').or().eq('team.name', 'tea')
   * console.log(String(found.and().gt('age', 17))) // => team is null or team.name = 'tea' and age > 17
   * console.log(String(found.and(eq('age', 17)))) // => (team is null or team.name = 'tea') and age = 17
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` behind `or()`, or, with a specification, behind an `and()` or
   * `or()` that nothing follows
   */
  and(specification?: Specification<T>): QueryBuilder<T> {
    return this.#combined('and', specification)
  }

  /**
   * Joins what follows by `or`; with a specification: all that stands before, or it.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().isNull('team').or().eq('team.name', 'tea'))) // => team is null or team.name = 'tea'
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` behind `and()`, or, with a specification, behind an `and()` or
   * `or()` that nothing follows
   */
  or(specification?: Specification<T>): QueryBuilder<T> {
    return this.#combined('or', specification)
  }

  /**
   * The opposite of all that stands before; unknown, and so no match, where that is unknown.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().eq('active', true).gt('age', 17).not())) // => not (active = true and age > 17)
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` behind an `and()` or `or()` that nothing follows
   */
  not(): QueryBuilder<T> {
    const { predicate } = this
    return predicate === undefined ? this : QueryBuilder.#of([[NotNode.create(predicate)]])
  }

  /**
   * The canonical text, for logs: it holds the values.
   *
   * @example
   * import { where } from 'ambit'
   * console.log(String(where().eq('username', "O'Hara"))) // => username = 'O''Hara'
   *
   * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` behind an `and()` or `or()` that nothing follows
   */
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
