import { InvalidTransactionalMethodError } from './errors'

/** What is no method cannot be wrapped: an arrow function in a property is made anew with every object. */
export function notAMethod(label: string, decorator = '@Transactional'): InvalidTransactionalMethodError {
  return new InvalidTransactionalMethodError('AMBIT_TX_INVALID_METHOD', {
    what: `${decorator} stands on ${label}, which is no method.`,
    where: label,
    next: 'Write it as an async method: accessors, and arrow functions in properties, cannot be wrapped.',
  })
}

export function onParameter(label: string, decorator: string): InvalidTransactionalMethodError {
  return new InvalidTransactionalMethodError('AMBIT_TX_INVALID_METHOD', {
    what: `${decorator} stands on a parameter of ${label}.`,
    where: label,
    next: 'Put it on the method itself, or on the class.',
  })
}
