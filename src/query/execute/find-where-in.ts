import type { ObjectLiteral } from 'typeorm'
import type { Prompt } from '../../core/prompt'
import { MembershipNode } from '../ast/membership-node'
import { ParameterNode } from '../ast/parameter-node'
import { EntityQuery } from './entity-query'
import type { QueryContext } from './query-context'
import { requireMetadata } from './query-problems'

/** The entities whose property has one of the values; the list is one parameter. */
export function findWhereIn(
  context: QueryContext,
  label: string,
  { path, values }: { readonly path: string; readonly values: readonly unknown[] },
): Prompt<ObjectLiteral[]> {
  return listQuery(context, label, path).select({ named: { values }, positional: [] }, {})
}

function listQuery(context: QueryContext, label: string, path: string): EntityQuery {
  const known = byContext.get(context)
  if (known?.path === path) return known.query
  const metadata = requireMetadata(context, label)
  const predicate = MembershipNode.create(path, ParameterNode.create('values'))
  const query = new EntityQuery({ ...context, metadata, predicate, order: [] })
  byContext.set(context, { path, query })
  return query
}

/** Almost always it is the identifier that a repository asks by. */
const byContext = new WeakMap<QueryContext, { readonly path: string; readonly query: EntityQuery }>()
