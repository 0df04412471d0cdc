import { enterLockScope } from '../../data-source/statements/lock-scope'
import type { EntitySelection } from '../compile/entity-builder'
import type { QueryResultKind } from '../declaration'
import { LockScopeError, QueryDeclarationError } from '../errors'

/**
 * Locks are held until a transaction ends: without one, or with one that ends with the query, they protect nothing.
 *
 * @throws LockScopeError `AMBIT_QUERY_LOCK_SCOPE`
 */
export function requireLockScope({ dataSource, lock }: EntitySelection): void {
  if (lock === undefined) return
  const { kind, label = 'A query that locks rows' } = enterLockScope(dataSource)
  if (kind !== 'lasting') throw new LockScopeError(label, kind)
}

/**
 * What a lock can be had for; found at start-up.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_LOCK`
 */
export function requireLockable(
  selection: EntitySelection,
  { label, result, limit }: { readonly label: string; readonly result: Kind; readonly limit: number | undefined },
): void {
  const { lock, metadata, dialect } = selection
  if (lock === undefined) return
  if (!LOCKABLE[result]) throw unlockable(label, `'${result}' has no rows to lock`, ANSWERING)
  if (!dialect.locksRows && lock.onLocked !== 'wait') {
    const what = `onLocked: '${lock.onLocked}' has no meaning on this database, which locks no single rows: a transaction that writes has it to itself`
    throw unlockable(label, what, 'Take onLocked out: the transaction waits for its turn, and nobody writes beside it.')
  }
  const limited = limit !== undefined || result !== 'many'
  if (dialect.locksRows && limited && metadata.eagerRelations.length > 0) {
    const what = `${metadata.name} has eager relations, over which rows are limited by SELECT DISTINCT, which cannot lock`
    throw unlockable(
      label,
      what,
      "Lock by identifier (findById), with result: 'many', or make the relations lazy or explicit.",
    )
  }
}

type Kind = Exclude<QueryResultKind, 'scalar'>

/** The kinds of result that are rows, read by one select. */
const LOCKABLE = {
  many: true,
  one: true,
  required: true,
  slice: true,
  page: false,
  window: false,
  stream: false,
  count: false,
  exists: false,
  affected: false,
} as const satisfies Record<Kind, boolean>

const ANSWERING = "Lock with 'many', 'one', 'required' or 'slice', which answer rows."

function unlockable(label: string, what: string, next: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_LOCK', { what: `${label} cannot lock: ${what}.`, where: label, next })
}
