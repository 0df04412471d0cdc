import type { EntityMetadata, ObjectLiteral } from 'typeorm'
import { after, type Prompt } from '../../core/prompt'
import { BoundedMap } from '../plan/bounded-map'
import type { RowLock } from '../row-lock'
import { EntityQuery } from './entity-query'
import { keyPredicate } from './key-query'
import { requireLockable } from './locking'
import type { QueryContext } from './query-context'
import { requireMetadata } from './query-problems'

/**
 * Finds one entity by its primary key, and locks its row until the transaction ends. The key's values are in the order of its
 * columns.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_LOCK`, LockScopeError `AMBIT_QUERY_LOCK_SCOPE`
 */
export function findLocked(
  context: QueryContext,
  label: string,
  { key, lock }: { readonly key: readonly unknown[]; readonly lock: RowLock },
): Prompt<ObjectLiteral | null> {
  const metadata = requireMetadata(context, label)
  const query = queriesOf(context).of(`${lock.mode} ${lock.onLocked}`, () =>
    lockingQuery(context, metadata, label, lock),
  )
  // Without a limit: the key is one row, and a limit over eager relations cannot lock.
  return after(query.select({ named: {}, positional: key }, {}), ([found]) => found ?? null)
}

function lockingQuery(context: QueryContext, metadata: EntityMetadata, label: string, lock: RowLock): EntityQuery {
  const selection = { ...context, metadata, predicate: keyPredicate(metadata), order: [], lock }
  requireLockable(selection, { label, result: 'many', limit: undefined })
  return new EntityQuery(selection)
}

const queries = new WeakMap<QueryContext, BoundedMap<EntityQuery>>()

/** Four locks, three ways to wait. */
const LOCKS = 12

function queriesOf(context: QueryContext): BoundedMap<EntityQuery> {
  const known = queries.get(context) ?? new BoundedMap<EntityQuery>(LOCKS)
  queries.set(context, known)
  return known
}
