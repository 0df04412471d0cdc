import { type Method, wrapMethod } from '../core/wrap-method'
import { generatorBoundary, isAsyncGenerator } from './generator-boundary'
import type { TransactionDefinition } from './options'
import { transactionManagerOf } from './transaction-managers'

const boundaries = new WeakMap<object, TransactionDefinition | undefined>()

/** Whether a function is a transactional boundary already: no method is wrapped twice. */
export function isBoundary(method: unknown): boolean {
  return typeof method === 'function' && boundaries.has(method)
}

/** What a boundary was defined with; `undefined` for a repository's own, which looks it up with its first call. */
export function boundaryDefinition(method: unknown): TransactionDefinition | undefined {
  return typeof method === 'function' ? boundaries.get(method) : undefined
}

/** Notes that a function is one. */
export function markBoundary<M extends object>(method: M, definition?: TransactionDefinition): M {
  boundaries.set(method, definition)
  return method
}

/** Makes a method a boundary. The caller sees the same name, length, properties and metadata. */
export function boundaryMethod(method: Method, definition: TransactionDefinition): Method {
  const wrapper = isAsyncGenerator(method) ? generatorBoundary(method, definition) : plain(method, definition)
  return markBoundary(wrapMethod(method, wrapper), definition)
}

function plain(method: Method, definition: TransactionDefinition): Method {
  const { dataSource, label } = definition
  return function transactionalMethod(this: unknown, ...args: unknown[]): unknown {
    try {
      const manager = transactionManagerOf(this, dataSource, label)
      return manager.execute({ definition, fn: method, self: this, args, asynchronous: true })
    } catch (error) {
      // An asynchronous method never throws at its caller, whatever it was called in.
      const failure = error as Error
      return Promise.reject(failure)
    }
  }
}
