import type { ObjectLiteral } from 'typeorm'
import type { Specification } from '../builder/specification'
import { InvalidSortError, QueryDeclarationError } from '../errors'
import { QueryParams } from '../filter/query-params'
import { Sort } from '../paging/sort'
import { DynamicQueries } from './dynamic-queries'
import type { StreamCall } from './entity-batches'
import { requireFetchSize } from './fetch-size'
import type { QueryContext } from './query-context'
import type { RowStream } from './row-stream'

/** How entities are streamed. */
export interface StreamOptions {
  /** Their order; without one it is whatever the database finds first. */
  readonly sort?: Sort
  /** How many rows are fetched at a time: at most two such batches are in memory. Default 1,000. */
  readonly fetchSize?: number
}

/** Whose stream it is, and what it runs in where that is said. */
export type StreamPlace = Pick<StreamCall, 'label' | 'boundary'>

/**
 * The entities that satisfy a specification, one by one; checked now, sent for with the first that is asked for.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`, InvalidSortError `AMBIT_QUERY_INVALID_SORT`, UnknownPropertyError
 * `AMBIT_QUERY_UNKNOWN_PROPERTY`
 */
export function streamAll(
  context: QueryContext,
  { label, boundary }: StreamPlace,
  specification: Specification<never> | undefined,
  options: StreamOptions = {},
): RowStream<ObjectLiteral> {
  for (const name of Object.keys(options)) if (!OPTIONS.includes(name)) throw unknownOption(label, name)
  const fetchSize = requireFetchSize(label, options.fetchSize)
  const { sort, limit } = partOf(specification, label)
  const order = orderOf(options.sort ?? sort, label)
  const { query, values } = DynamicQueries.of(context).prepare({ specification, order }, label)
  return query.stream(values, { label, limit, fetchSize, boundary })
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

const OPTIONS: readonly string[] = ['sort', 'fetchSize'] satisfies (keyof StreamOptions)[]

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
