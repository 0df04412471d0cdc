import { allOf as conjunction, anyOf as disjunction } from '../ast/combine'
import type { Predicate } from '../ast/predicate'
import { QueryBuilder } from './query-builder'
import type { Specification } from './specification'

/**
 * All of those; what is unrestricted is left out, and nothing at all restricts nothing.
 *
 * @example
 * import { allOf, eq, gt } from 'ambit/query'
 * console.log(String(allOf(eq('active', true), gt('age', 17)))) // => active = true and age > 17
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` where one of them ends with `and()` or `or()`
 */
export function allOf<T = unknown>(...specifications: readonly Specification<T>[]): QueryBuilder<T> {
  return builderOf(conjunction(predicatesOf(specifications)))
}

/**
 * Any of those; what is unrestricted is left out, as if that choice had not been made, and nothing at all restricts
 * nothing.
 *
 * @example
 * import { anyOf, eq, isNull } from 'ambit/query'
 * console.log(String(anyOf(isNull('team'), eq('team.name', 'tea')))) // => team is null or team.name = 'tea'
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` where one of them ends with `and()` or `or()`
 */
export function anyOf<T = unknown>(...specifications: readonly Specification<T>[]): QueryBuilder<T> {
  return builderOf(disjunction(predicatesOf(specifications)))
}

/**
 * The opposite; of what is unrestricted, that itself.
 *
 * @example
 * import { eq, not } from 'ambit/query'
 * console.log(String(not(eq('active', true)))) // => not (active = true)
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE` where it ends with `and()` or `or()`
 */
export function not<T = unknown>(specification: Specification<T>): QueryBuilder<T> {
  return builderOf<T>(specification.predicate).not()
}

function predicatesOf<T>(specifications: readonly Specification<T>[]): readonly Predicate[] {
  return specifications.flatMap(({ predicate }) => predicate ?? [])
}

function builderOf<T>(predicate: Predicate | undefined): QueryBuilder<T> {
  return new QueryBuilder<T>().where({ predicate })
}
