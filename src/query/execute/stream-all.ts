import type { ObjectLiteral } from 'typeorm'
import type { Specification } from '../builder/specification'
import { InvalidSortError, QueryDeclarationError } from '../errors'
import { QueryParams } from '../filter/query-params'
import { Sort } from '../paging/sort'
import type { Select } from '../projection/projection'
import { DynamicQueries } from './dynamic-queries'
import type { StreamCall } from './entity-batches'
import { requireFetchSize } from './fetch-size'
import { streamSelected } from './find-selected'
import { distinctEntities } from './projected-columns'
import type { QueryContext } from './query-context'
import type { RowStream } from './row-stream'

/** How rows are streamed, whatever they are. */
interface EveryStreamOptions {
  /** Their order; without one it is whatever the database finds first. */
  readonly sort?: Sort
  /** How many rows are fetched at a time: at most two such batches are in memory. Default 1,000. */
  readonly fetchSize?: number
}

/** How entities are streamed. They are never repeated. */
export interface StreamOptions extends EveryStreamOptions {
  readonly select?: undefined
  readonly distinct?: false | undefined
}

/** How properties of rows are streamed in place of entities. */
export interface SelectedStreamOptions<Selected> extends EveryStreamOptions {
  /** What is selected: as in `select` of a repository. */
  readonly select: Selected
  /** Whether rows that are equal come once. */
  readonly distinct?: boolean | undefined
}

/** Whose stream it is, and what it runs in where that is said. */
export type StreamPlace = Pick<StreamCall, 'label' | 'boundary'>

/**
 * The entities that satisfy a specification, or some properties of them, one by one; checked now, sent for with the first that
 * is asked for.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`, InvalidSortError `AMBIT_QUERY_INVALID_SORT`, UnknownPropertyError
 * `AMBIT_QUERY_UNKNOWN_PROPERTY`
 */
export function streamAll(
  context: QueryContext,
  { label, boundary }: StreamPlace,
  specification: Specification<never> | undefined,
  options: StreamOptions | SelectedStreamOptions<Select> = {},
): RowStream<ObjectLiteral> {
  for (const name of Object.keys(options)) if (!OPTIONS.includes(name)) throw unknownOption(label, name)
  const fetchSize = requireFetchSize(label, options.fetchSize)
  const { sort, limit } = partOf(specification, label)
  const order = orderOf(options.sort ?? sort, label)
  const request = { specification, order }
  const call = { label, limit, fetchSize, boundary }
  const { select, distinct = false } = options
  if (select !== undefined) return streamSelected(context, { label, select, distinct, request }, call)
  if (distinct) throw distinctEntities(label)
  const { query, values } = DynamicQueries.of(context).prepare(request, label)
  return query.stream(values, call)
}

/** What parameters of a request ask for beside their conditions. */
function partOf(specification: unknown, label: string): Partial<Pick<QueryParams, 'sort' | 'limit'>> {
  if (!(specification instanceof QueryParams)) return {}
  const { sort, limit, offset } = specification
  if (offset === 0 && limit !== 0) return { sort, limit }
  throw new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `${label} was given parameters with an offset, or with a limit of 0, which a stream does not have.`,
    where: label,
    next: 'Take them out of the parameters, or use findMany().',
  })
}

const OPTIONS: readonly string[] = ['sort', 'fetchSize', 'select', 'distinct'] satisfies (keyof StreamOptions)[]

function orderOf(sort: unknown, label: string): Sort['terms'] {
  if (sort === undefined) return []
  if (sort instanceof Sort) return sort.terms
  throw new InvalidSortError('AMBIT_QUERY_INVALID_SORT', {
    what: `${label} was given a sort that is none.`,
    where: label,
    next: "Pass { sort: Sort.by('name') }.",
  })
}

function unknownOption(label: string, name: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `${label} has no option '${name}'.`,
    where: label,
    next: `Use ${OPTIONS.join(', ')}.`,
  })
}
