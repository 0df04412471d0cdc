import type { Prompt } from '../../core/prompt'
import type { LiftedPredicate } from '../ast/lift-values'
import { OrderTerm } from '../ast/order-term'
import type { Predicate } from '../ast/predicate'
import { printOrder, printQuery } from '../ast/print-query'
import type { AggregateRow, AggregateValues, Aggregation, Groups } from '../aggregation'
import { aggregateBuilder, type AggregateSelection } from '../compile/aggregate-builder'
import type { Range } from '../compile/entity-builder'
import { wholeNumber } from '../paging/page-numbers'
import { OwnedMap } from '../plan/owned-map'
import { valuesHydration } from '../plan/hydration'
import { entityReaders } from '../plan/row-reader'
import { checkAggregation, type CheckedColumn, invalid, requireColumn } from './aggregate-columns'
import { DynamicQueries } from './dynamic-queries'
import { checkHaving } from './having'
import type { QueryContext } from './query-context'
import { requireMetadata, requireProperties } from './query-problems'
import { RowQuery } from './row-query'

/**
 * Groups the rows of an entity and computes values over each group. Statements are made once for all aggregations that
 * differ only in the values of their conditions.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_AGGREGATE`, UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`, QueryValueError
 * `AMBIT_QUERY_VALUE`, InvalidPageError `AMBIT_QUERY_INVALID_PAGE`
 */
export function aggregate<E, const G extends Groups = readonly [], V extends AggregateValues = AggregateValues>(
  context: QueryContext,
  label: string,
  aggregation: Omit<Aggregation<E, G, V>, 'where'> & Pick<Aggregation<never>, 'where'>,
): Prompt<AggregateRow<E, G, V>[]> {
  const range = rangeOf(aggregation)
  const where: Partial<LiftedPredicate> = DynamicQueries.of(context).checked(aggregation.where, label) ?? {}
  const having = checkHaving(context, requireMetadata(context, label), aggregation, label)
  const text = textOf(aggregation, where.predicate, having.predicate)
  const { query, selection } = queries.of(context, text, () =>
    prepare(context, label, { aggregation, where: where.predicate, having: having.predicate }),
  )
  // TypeORM reads a limit of 0 as none.
  if (range.limit === 0) return []
  const values = { named: { ...where.values, ...having.values }, positional: [] }
  const kind = range.offset === undefined ? String(range.limit) : undefined
  // The reader makes rows of the groups and values, by their names.
  return query.rows(kind, call => aggregateBuilder(selection, call, range), values) as Prompt<AggregateRow<E, G, V>[]>
}

function rangeOf({ limit, offset }: Pick<Aggregation<never>, 'limit' | 'offset'>): Range {
  return {
    limit: limit === undefined ? undefined : wholeNumber('limit', limit, 0),
    ...(offset !== undefined && { offset: wholeNumber('offset', offset, 0) }),
  }
}

interface Prepared {
  readonly query: RowQuery<object>
  readonly selection: AggregateSelection
}

interface Parts {
  readonly aggregation: Aggregation<never>
  readonly where: Predicate | undefined
  readonly having: Predicate | undefined
}

function prepare(context: QueryContext, label: string, { aggregation, where, having }: Parts): Prepared {
  const { dataSource } = context
  const metadata = requireMetadata(context, label)
  const entities = { ...context, metadata, predicate: where, order: [] }
  requireProperties(entities, label)
  const columns = checkAggregation(metadata, aggregation, label)
  const selection = { ...entities, columns, having, groupOrder: orderOf(aggregation, columns, label) }
  const reader = entityReaders(valuesHydration(dataSource, { kind: 'literal' }, columns)) as RowReader
  const names = columns.map(({ alias }) => alias)
  return { selection, query: new RowQuery({ ...entities, names, reader }) }
}

/** No row is left out, whatever it holds. */
type RowReader = ConstructorParameters<typeof RowQuery<object>>[0]['reader']

/** Groups break ties where a part of the rows is wanted: the parts would overlap otherwise. */
function orderOf(
  { sort, limit, offset }: Aggregation<never>,
  columns: readonly CheckedColumn[],
  label: string,
): readonly OrderTerm[] {
  const terms = sort?.terms ?? []
  for (const { path, ignoreCase } of terms) {
    requireColumn(columns, path, label)
    if (ignoreCase) throw invalid(label, `sorts by '${path}' without regard to case`, 'Leave ignoreCase() out.')
  }
  // One that comes again decides nothing; TypeORM would take its direction.
  const distinct = terms.filter(({ path }, at) => terms.findIndex(term => term.path === path) === at)
  const order = distinct.map(({ path, direction, nulls }) => OrderTerm.create(path, direction, { nulls }))
  if (limit === undefined && offset === undefined) return order
  const groups = columns.filter(({ name, call }) => call === undefined && !order.some(({ path }) => path === name))
  return [...order, ...groups.map(({ name }) => OrderTerm.create(name))]
}

function textOf(
  { groupBy, values, sort, limit, offset }: Aggregation<never>,
  where?: Predicate,
  having?: Predicate,
): string {
  const computed = Object.entries(values).map(([name, { fn, path }]) => [name, fn, path])
  const conditions = [printQuery(where), printQuery(having), printOrder(sort?.terms ?? [])]
  // Ties are broken only where a part of the rows is wanted.
  return JSON.stringify([groupBy, computed, conditions, limit === undefined && offset === undefined])
}

const QUERIES_PER_REPOSITORY = 32
const queries = new OwnedMap<QueryContext, Prepared>(QUERIES_PER_REPOSITORY)
