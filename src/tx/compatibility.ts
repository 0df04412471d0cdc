import { IncompatibleTransactionError } from './errors'
import { satisfiesIsolation } from './isolation'
import type { TransactionDefinition } from './options'
import type { PhysicalTransaction } from './physical-transaction'

/** Why a method cannot be honoured in the transaction it would join; `undefined` when it can. */
export function incompatibility(
  { isolation, readOnly, label }: TransactionDefinition,
  running: PhysicalTransaction,
): IncompatibleTransactionError | undefined {
  const owner = running.definition.label
  if (readOnly === false && running.readOnly) {
    return refuse(label, `writes (readOnly: false), but the transaction of ${owner} is read-only`)
  }
  if (isolation !== undefined && !satisfiesIsolation(running.isolation, isolation)) {
    return refuse(label, `asks for ${isolation}, but the transaction of ${owner} runs at ${running.isolation}`)
  }
  return undefined
}

function refuse(label: string, why: string): IncompatibleTransactionError {
  return new IncompatibleTransactionError('AMBIT_TX_INCOMPATIBLE', {
    what: `${label} ${why}.`,
    where: label,
    next: `Ask for it where the transaction begins, or give ${label} propagation 'REQUIRES_NEW'.`,
  })
}
