import type { BoundaryCall } from '../boundary-call'
import { IllegalTransactionStateError } from '../errors'
import type { Scope } from '../scope'
import { late } from '../statement'
import type { TransactionManager } from '../transaction-manager'

/** MANDATORY with no transaction. */
export function refuseMissing({ resource }: TransactionManager, { definition }: BoundaryCall): Promise<never> {
  return Promise.reject(
    new IllegalTransactionStateError('AMBIT_TX_MANDATORY', {
      what: `${definition.label} (MANDATORY) needs an active transaction on '${resource.name}', and there is none.`,
      where: definition.label,
      next: "Call it from a @Transactional method, or give it propagation 'REQUIRED'.",
    }),
  )
}

/** NEVER inside a transaction. */
export function refuseActive(
  { resource }: TransactionManager,
  { definition }: BoundaryCall,
  current: Scope | undefined,
): Promise<never> {
  return Promise.reject(
    new IllegalTransactionStateError('AMBIT_TX_NEVER', {
      what: `${definition.label} (NEVER) was called inside the transaction of ${current?.label ?? 'another method'} on '${resource.name}'.`,
      where: definition.label,
      next: "Call it outside the transaction, or give it propagation 'NOT_SUPPORTED' to suspend the transaction.",
    }),
  )
}

/** Late work. */
export function refuseEnded(
  { environment }: TransactionManager,
  { definition }: BoundaryCall,
  current: Scope | undefined,
): Promise<never> {
  return Promise.reject(current ? late(current, environment) : new TypeError(`${definition.label} has no frame`))
}
