import type { Aggregation } from '../query/aggregation'
import type { Specification } from '../query/builder/specification'
import { QueryParams } from '../query/filter/query-params'
import { InvalidSpecificationError } from './errors'
import { sortTerms } from './find-options'
import { requireOptions, specificationOf } from './predicates'

/**
 * The rows of an aggregation, once all that it asks for is known to be heard.
 *
 * @throws InvalidSpecificationError `AMBIT_REPOSITORY_SPECIFICATION`; InvalidSortError `AMBIT_QUERY_INVALID_SORT`
 */
export function rowsToAggregate(
  aggregation: Omit<Aggregation<never>, 'where'> & { readonly where?: unknown },
  label: string,
): Specification<never> | undefined {
  requireOptions(aggregation, OPTIONS, label)
  const { where, sort } = aggregation
  if (sort !== undefined) sortTerms(sort, label)
  if (where instanceof QueryParams && asksForPart(where)) throw partOfRows(label)
  return where === undefined ? undefined : specificationOf(where, label)
}

const OPTIONS = [
  'values',
  'groupBy',
  'where',
  'having',
  'sort',
  'limit',
  'offset',
] as const satisfies readonly (keyof Aggregation<never>)[]

function asksForPart({ sort, limit, offset }: QueryParams): boolean {
  return sort !== undefined || limit !== undefined || offset > 0
}

/** A request gets a limit of rows even if it says none: cutting off groups by it would be as wrong as to forget it. */
function partOfRows(label: string): InvalidSpecificationError {
  return new InvalidSpecificationError('AMBIT_REPOSITORY_SPECIFICATION', {
    what: `${label} was given parameters with a sort, a limit or an offset, which are about rows, and it answers groups.`,
    where: label,
    next: 'Pass their conditions alone, where().and(params), and sort and limit of the aggregation itself.',
  })
}
