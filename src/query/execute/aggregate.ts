import type { Prompt } from '../../core/prompt'
import { type LiftedPredicate, liftValues } from '../ast/lift-values'
import { propertyPathsOf } from '../ast/conditions'
import { OrderTerm } from '../ast/order-term'
import type { Predicate } from '../ast/predicate'
import { printOrder, printQuery } from '../ast/print-query'
import type { AggregateRow, AggregateValues, Aggregation, Groups } from '../aggregation'
import { aggregateBuilder, type AggregateSelection } from '../compile/aggregate-builder'
import { parseWhere } from '../parser/parse-where'
import { OwnedMap } from '../plan/owned-map'
import { valuesHydration } from '../plan/hydration'
import { entityReaders } from '../plan/row-reader'
import { checkAggregation, type CheckedColumn, invalid } from './aggregate-columns'
import { DynamicQueries } from './dynamic-queries'
import type { QueryContext } from './query-context'
import { requireMetadata, requireProperties } from './query-problems'
import { RowQuery } from './row-query'

/**
 * Groups the rows of an entity and computes values over each group. Statements are made once for all aggregations that
 * differ only in the values of their conditions.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_AGGREGATE`, UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`
 */
export function aggregate<E, const G extends Groups = readonly [], V extends AggregateValues = AggregateValues>(
  context: QueryContext,
  label: string,
  aggregation: Omit<Aggregation<E, G, V>, 'where'> & Pick<Aggregation<never>, 'where'>,
): Prompt<AggregateRow<E, G, V>[]> {
  const where: Partial<LiftedPredicate> = DynamicQueries.of(context).checked(aggregation.where, label) ?? {}
  const having = lifted(havingOf(aggregation, label))
  const text = textOf(aggregation, where.predicate, having.predicate)
  const { query, selection } = queries.of(context, text, () =>
    prepare(context, label, { aggregation, where: where.predicate, having: having.predicate }),
  )
  const { limit, offset } = aggregation
  const range = { limit, ...(offset !== undefined && { offset }) }
  const values = { named: { ...where.values, ...having.values }, positional: [] }
  const kind = offset === undefined ? String(limit) : undefined
  // The reader makes rows of the groups and values, by their names.
  return query.rows(kind, call => aggregateBuilder(selection, call, range), values) as Prompt<AggregateRow<E, G, V>[]>
}

/** Apart from the names of the values of the rows' own conditions. */
function lifted(predicate: Predicate | undefined): Partial<LiftedPredicate> {
  return predicate === undefined ? {} : liftValues(predicate, 'h')
}

function havingOf({ having }: Aggregation<never>, label: string): Predicate | undefined {
  if (typeof having !== 'string') return having?.predicate
  return parseWhere(having, { label: `${label} (having)`, placeholders: 'none', orderBy: false }).predicate
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
  const columns = checkAggregation(dataSource, metadata, aggregation, label)
  for (const name of having === undefined ? [] : propertyPathsOf(having)) requireColumn(columns, name, label)
  const selection = { ...entities, columns, having, groupOrder: orderOf(aggregation, columns, label) }
  const reader = entityReaders(valuesHydration(dataSource, { kind: 'literal' }, columns)) as RowReader
  const names = columns.map(({ alias }) => alias)
  return { selection, query: new RowQuery({ dataSource, predicate: where, names, reader }) }
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
  const order = terms.map(({ path, direction, nulls }) => OrderTerm.create(path, direction, { nulls }))
  if (limit === undefined && offset === undefined) return order
  const groups = columns.filter(({ name, call }) => call === undefined && !order.some(({ path }) => path === name))
  return [...order, ...groups.map(({ name }) => OrderTerm.create(name))]
}

function requireColumn(columns: readonly CheckedColumn[], name: string, label: string): void {
  if (columns.some(column => column.name === name)) return
  const known = columns.map(column => column.name).join(', ')
  throw invalid(label, `has no value and no group called '${name}'`, `Use one of ${known}.`)
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
