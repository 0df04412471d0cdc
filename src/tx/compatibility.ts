import { IncompatibleTransactionError } from './errors'
import { type IsolationLevel, satisfiesIsolation } from './isolation'
import type { TransactionDefinition } from './options'
import type { PhysicalTransaction } from './physical-transaction'

/** Why a method cannot be honoured in the transaction it would join; `undefined` when it can. */
export function incompatibility(
  definition: TransactionDefinition,
  running: PhysicalTransaction,
): IncompatibleTransactionError | undefined {
  const { readOnly, label } = definition
  const isolation = demandedIsolation(definition)
  const owner = running.definition.label
  if (readOnly === false && running.readOnly) {
    return refuse(label, `writes (readOnly: false), but the transaction of ${owner} is read-only`)
  }
  if (isolation !== undefined && !satisfiesIsolation(running.isolation, isolation)) {
    return refuse(label, `asks for ${isolation}, but the transaction of ${owner} runs at ${running.isolation}`)
  }
  return undefined
}

/** The isolation without which a method is refused; a repository's own boundary takes what it finds where it begins nothing. */
export function demandedIsolation({ implicit, isolation }: TransactionDefinition): IsolationLevel | undefined {
  return implicit ? undefined : isolation
}

/**
 * Why a SUPPORTS method cannot be honoured where no transaction is active; `undefined` when it can. NOT_SUPPORTED and NEVER
 * never take such options.
 */
export function needsTransaction(definition: TransactionDefinition): IncompatibleTransactionError | undefined {
  const asked = ASKED_OF_A_TRANSACTION.filter(name => definition[name] !== undefined)
  if (asked.length === 0 || definition.propagation !== 'SUPPORTS') return undefined
  const { label } = definition
  return new IncompatibleTransactionError('AMBIT_TX_INCOMPATIBLE', {
    what: `${label} (SUPPORTS) asks for ${asked.join(', ')}, and no transaction is active that could give it.`,
    where: label,
    next: `Give ${label} propagation 'REQUIRED', or take ${asked.join(', ')} off.`,
  })
}

const ASKED_OF_A_TRANSACTION = ['isolation', 'readOnly', 'timeoutMs', 'signal'] as const

function refuse(label: string, why: string): IncompatibleTransactionError {
  return new IncompatibleTransactionError('AMBIT_TX_INCOMPATIBLE', {
    what: `${label} ${why}.`,
    where: label,
    next: `Ask for it where the transaction begins, or give ${label} propagation 'REQUIRES_NEW'.`,
  })
}
