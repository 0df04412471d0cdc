import type { BoundaryCall } from '../boundary-call'
import { IllegalTransactionStateError } from '../errors'
import type { Scope } from '../scope'
import { late } from '../late'
import { refused } from '../trace'
import type { TransactionManager } from '../transaction-manager'

/** MANDATORY with no transaction. */
export function refuseMissing({ environment, resource }: TransactionManager, call: BoundaryCall): Promise<never> {
  const { label } = call.definition
  const error = new IllegalTransactionStateError('AMBIT_TX_MANDATORY', {
    what: `${label} (MANDATORY) needs an active transaction on '${resource.name}', and there is none.`,
    where: label,
    next: "Call it from a @Transactional method, or give it propagation 'REQUIRED'.",
  })
  return Promise.reject(refused(environment, call, error))
}

/** NEVER inside a transaction. */
export function refuseActive(
  { environment, resource }: TransactionManager,
  call: BoundaryCall,
  current: Scope | undefined,
): Promise<never> {
  const { label } = call.definition
  const error = new IllegalTransactionStateError('AMBIT_TX_NEVER', {
    what: `${label} (NEVER) was called inside the transaction of ${current?.label ?? 'another method'} on '${resource.name}'.`,
    where: label,
    next: "Call it outside the transaction, or give it propagation 'NOT_SUPPORTED' to suspend the transaction.",
  })
  return Promise.reject(refused(environment, call, error))
}

/** Late work. */
export function refuseEnded(
  { environment }: TransactionManager,
  call: BoundaryCall,
  current: Scope | undefined,
): Promise<never> {
  if (current === undefined) return Promise.reject(new TypeError(`${call.definition.label} has no frame`))
  return Promise.reject(refused(environment, call, late(current, environment, 'boundary')))
}
