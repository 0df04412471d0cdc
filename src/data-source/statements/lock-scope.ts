import type { DataSource } from 'typeorm'
import { AdoptedDataSource } from '../adopt'
import type { RunnerTransaction } from '../engine'

/** What the running code is in, for somebody who wants to lock rows. */
export interface LockScope {
  /** `'lasting'`: in a transaction that holds what is locked until it ends. */
  readonly kind: 'lasting' | 'read-only' | 'none'
  /** The method that would lock; `undefined` outside every scope. */
  readonly label: string | undefined
}

const OUTSIDE: LockScope = { kind: 'none', label: undefined }

/**
 * Looks where the running code is, and announces a lock to the transaction that it is in: one that has locked is from then
 * on as bound to its connection as one that has written.
 */
export function enterLockScope(dataSource: DataSource): LockScope {
  const scope = AdoptedDataSource.adoptionOf(dataSource)?.manager.current
  if (scope === undefined) return OUTSIDE
  const { label, physical, role, definition } = scope
  // Late work has an error of its own, which its statement gets.
  if (scope.state === 'ended') return { kind: 'lasting', label }
  if (physical === undefined) return { kind: 'none', label }
  // The transaction of a single read of a repository ends with it.
  if (physical.readOnly) return { kind: role === 'originator' && definition.implicit ? 'none' : 'read-only', label }
  ;(physical.resource as RunnerTransaction).keepsRows?.()
  return { kind: 'lasting', label }
}
