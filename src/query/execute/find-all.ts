import type { ObjectLiteral } from 'typeorm'
import { MembershipNode } from '../ast/membership-node'
import { OrderTerm } from '../ast/order-term'
import { ParameterNode } from '../ast/parameter-node'
import type { EntitySelection } from '../compile/entity-builder'
import { InvalidSortError } from '../errors'
import type { Page } from '../paging/page'
import type { PageRequest } from '../paging/page-request'
import type { Sort } from '../paging/sort'
import { BoundedMap } from '../plan/bounded-map'
import { EntityQuery } from './entity-query'
import { prepareEntityQuery } from './entity-results'
import type { QueryContext } from './query-context'
import { requireMetadata, requireProperty } from './query-problems'

const NO_VALUES = { named: {}, positional: [] }

/** All entities, sorted where a sort is given. */
export function findAll(context: QueryContext, label: string, sort: Sort | undefined): Promise<ObjectLiteral[]> {
  const metadata = requireMetadata(context, label)
  const terms = sort === undefined ? [] : termsOf(sort, label)
  for (const { path } of terms) requireProperty(metadata, path, label)
  const query = queriesOf(context).of(`all ${JSON.stringify(terms)}`, () => {
    const order = terms.map(({ path, direction, nulls, ignoreCase }) =>
      OrderTerm.create(path, direction, { nulls, ignoreCase }),
    )
    return new EntityQuery({ ...context, metadata, predicate: undefined, order })
  })
  return query.select(NO_VALUES, {})
}

/** How many entities there are. */
export function countAll(context: QueryContext, label: string): Promise<number> {
  return queriesOf(context)
    .of('all []', () => new EntityQuery(all(context, label)))
    .count(NO_VALUES)
}

/** One page of all entities. */
export function findPage(context: QueryContext, label: string, page: PageRequest): Promise<Page<ObjectLiteral>> {
  const selection = all(context, label)
  const query = prepareEntityQuery(selection, {
    label,
    result: 'page',
    limit: undefined,
    parameters: [],
    args: undefined,
  })
  return query.execute([page]) as Promise<Page<ObjectLiteral>>
}

/** The entities whose property has one of the values; the list is one parameter. */
export function findWhereIn(
  context: QueryContext,
  label: string,
  { path, values }: { readonly path: string; readonly values: readonly unknown[] },
): Promise<ObjectLiteral[]> {
  const query = queriesOf(context).of(`in ${path}`, () => {
    const predicate = MembershipNode.create(path, ParameterNode.create('values'))
    return new EntityQuery({ ...all(context, label), predicate })
  })
  return query.select({ named: { values }, positional: [] }, {})
}

/** The queries of a repository that it does not declare. */
const queries = new WeakMap<QueryContext, BoundedMap<EntityQuery>>()

/** Sorts come with requests: some combinations are usual, and nobody may fill the memory with others. */
const QUERIES_PER_REPOSITORY = 32

function queriesOf(context: QueryContext): BoundedMap<EntityQuery> {
  const known = queries.get(context)
  if (known) return known
  const made = new BoundedMap<EntityQuery>(QUERIES_PER_REPOSITORY)
  queries.set(context, made)
  return made
}

/** What is no sort must not be taken for "unsorted, and all of them": it may have been meant as a page. */
function termsOf({ terms }: Partial<Sort>, label: string): Sort['terms'] {
  if (terms !== undefined) return terms
  throw new InvalidSortError('AMBIT_QUERY_INVALID_SORT', {
    what: `${label} was given something that is no Sort and no PageRequest.`,
    where: label,
    next: "Pass Sort.by('name') or PageRequest.of(page, size), or nothing.",
  })
}

function all(context: QueryContext, label: string): EntitySelection {
  return { ...context, metadata: requireMetadata(context, label), predicate: undefined, order: [] }
}
