export type { AggregateRow, AggregateValues, Aggregation, Groups } from './aggregation'
export { type Aggregate, aggregates, type ExactSum } from './builder/aggregates'
export { type ApplyOptions, applySpecification } from './execute/apply-specification'
export { projection, type Projection, type Select } from './projection/projection'
export { where } from './builder/conditions'
export { example, type ExampleOptions, type ExampleText, type Probe } from './builder/example'
export { QueryBuilder } from './builder/query-builder'
export type { Specification } from './builder/specification'
export type { QueryResultKind } from './declaration'
export type { RowStream } from './execute/row-stream'
export { QueryParams, type QueryParamsInit } from './filter/query-params'
export { type ParseOptions, QueryParser } from './filter/query-parser'
export { defineQueryable, type Queryable, type QueryableOptions, type QueryInput } from './filter/queryable'
export type { SelectedStreamOptions, StreamOptions } from './execute/stream-all'
export { Page } from './paging/page'
export { PageRequest } from './paging/page-request'
export type { PropertyPath } from './paging/property-path.types'
export { Slice } from './paging/slice'
export { Sort } from './paging/sort'
export type { LockMode, LockOptions, OnLocked } from './row-lock'
export { Window, type WindowJson } from './paging/window'
export { type WindowPlace, WindowRequest } from './paging/window-request'
export {
  declared,
  Query,
  type QueryDecorator,
  type QueryOf,
  type QueryOptions,
  type SqlQueryOptions,
} from './query.decorator'
