import type { EntityMetadata, ObjectLiteral } from 'typeorm'
import { after, type Prompt } from '../../core/prompt'
import { OwnedMap } from '../plan/owned-map'
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
  const query = queries.of(context, `${lock.mode} ${lock.onLocked}`, () => lockingQuery(context, metadata, label, lock))
  // Without a limit: the key is one row, and a limit over eager relations cannot lock.
  return after(query.select({ named: {}, positional: key }, {}), ([found]) => found ?? null)
}

function lockingQuery(context: QueryContext, metadata: EntityMetadata, label: string, lock: RowLock): EntityQuery {
  const selection = { ...context, metadata, predicate: keyPredicate(metadata), order: [], lock }
  requireLockable(selection, { label, result: 'many', limit: undefined })
  return new EntityQuery(selection)
}

/** Four locks, three ways to wait. */
const LOCKS = 12
const queries = new OwnedMap<QueryContext, EntityQuery>(LOCKS)
