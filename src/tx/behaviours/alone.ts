import { currentContext } from '../../core/async-context'
import { type BoundaryCall, toldAs } from '../boundary-call'
import { Scope } from '../scope'
import type { TransactionManager } from '../transaction-manager'

/**
 * Whether a call needs no transaction although it would begin one: it is a single select of the framework's own making, a
 * transaction by itself, and nobody could tell.
 */
export function goesAlone({ environment, host, resource }: TransactionManager, { definition }: BoundaryCall): boolean {
  if (definition.single !== 'lone-select' || environment.observed || host !== undefined) return false
  return resource.readsAlone?.() === true
}

/** Runs it in a frame without a transaction, which says for errors whose statement it is. */
export function runAlone(manager: TransactionManager, call: BoundaryCall, outer: Scope | undefined): unknown {
  const { definition } = call
  const refusal = manager.refusalOf(definition)
  if (refusal) return Promise.reject(refusal)
  const scope = new Scope('empty', definition, {
    physical: undefined,
    block: undefined,
    outer,
    calledIn: currentContext(),
  })
  manager.called()
  let result: unknown
  try {
    result = manager.call(scope, call)
  } catch (error) {
    manager.returned()
    throw toldAs(call, error)
  }
  if (result instanceof Promise) return returning(manager, call, result)
  manager.returned()
  return result
}

/** An application that closes waits for it. */
function returning(manager: TransactionManager, call: BoundaryCall, result: Promise<unknown>): Promise<unknown> {
  return result.then(
    value => {
      manager.returned()
      return value
    },
    (error: unknown) => {
      manager.returned()
      throw toldAs(call, error)
    },
  )
}
