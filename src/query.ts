// Conditions in code
export {
  between,
  contains,
  endsWith,
  eq,
  gt,
  gte,
  ilike,
  isFalse,
  isNotNull,
  isNull,
  isTrue,
  like,
  lt,
  lte,
  ne,
  notBetween,
  notContains,
  notEndsWith,
  notIlike,
  notIn,
  notLike,
  notStartsWith,
  oneOf,
  startsWith,
  where,
} from './query/builder/conditions'
export { allOf, anyOf, not } from './query/builder/combine-specifications'
export type { TextOptions } from './query/builder/make-condition'
export type { AnyValue, PropertyValue } from './query/builder/property-value.types'
export { QueryBuilder } from './query/builder/query-builder'
export type { Specification } from './query/builder/specification'

// Filters from outside
export type { Allowed, NamedProperties } from './query/filter/allow-list'
export type { ParserLimits } from './query/filter/filter-texts'
export { QueryParams, type QueryParamsInit } from './query/filter/query-params'
export { type ParseOptions, QueryParser } from './query/filter/query-parser'
export { defineQueryable, type Queryable, type QueryableOptions, type QueryInput } from './query/filter/queryable'
