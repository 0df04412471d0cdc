import { InvalidTransactionalMethodError } from './errors'

/** What is no method cannot be wrapped: an arrow function in a property is made anew with every object. */
export function notAMethod(label: string): InvalidTransactionalMethodError {
  return new InvalidTransactionalMethodError('AMBIT_TX_INVALID_METHOD', {
    what: `@Transactional stands on ${label}, which is no method.`,
    where: label,
    next: 'Write it as an async method: accessors, and arrow functions in properties, cannot be wrapped.',
  })
}
