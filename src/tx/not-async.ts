import { InvalidTransactionalMethodError } from './errors'

/** A method that is synchronous cannot wait for COMMIT. */
export function notAsync(label: string): InvalidTransactionalMethodError {
  return new InvalidTransactionalMethodError('AMBIT_TX_INVALID_METHOD', {
    what: `${label} is @Transactional but does not return a promise, so nobody could wait for its COMMIT.`,
    where: label,
    next: 'Make the method async, or take the decorator off.',
  })
}
