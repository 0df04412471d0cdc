import {
  type Around,
  type BoundaryLayer,
  type BoundaryTransaction,
  isSelfBounded,
  layered,
  layersOf,
  type MethodSite,
} from '../core/method-layers'
import type { Method } from '../core/wrap-method'
import { generatorBoundary, isAsyncGenerator } from './generator-boundary'
import type { TransactionDefinition } from './options'
import type { Propagation } from './propagation'
import { transactionManagerOf } from './transaction-managers'

const definitions = new WeakMap<BoundaryLayer, TransactionDefinition>()

/** Whether a function is a transactional boundary already: no method is wrapped twice. */
export function isBoundary(method: unknown): boolean {
  return isSelfBounded(method) || layersOf(method)?.boundary !== undefined
}

/** What a boundary was defined with; `undefined` for a repository's own, which looks it up with its first call. */
export function boundaryDefinition(method: unknown): TransactionDefinition | undefined {
  const boundary = layersOf(method)?.boundary
  return boundary && definitions.get(boundary)
}

/** Makes a method a boundary. The caller sees the same name, length, properties and metadata. */
export function boundaryMethod(method: Method, definition: TransactionDefinition, site?: MethodSite): Method {
  return layered(method, { boundary: defined(definition, boundaryLayer(definition)) }, site)
}

/** Notes what the boundaries of a layer are defined with. */
export function defined<L extends BoundaryLayer>(definition: TransactionDefinition | undefined, layer: L): L {
  if (definition) definitions.set(layer, definition)
  return layer
}

function boundaryLayer(definition: TransactionDefinition): BoundaryLayer {
  return {
    wrap: method => (isAsyncGenerator(method) ? generatorBoundary(method, definition) : plain(method, definition)),
    around: original => (isAsyncGenerator(original) ? aroundGenerator(definition) : aroundMethod(definition)),
    transaction: transactionOf(definition),
  }
}

/** What calls of a boundary have with the default data source's transaction. */
export function transactionOf({ propagation, dataSource }: TransactionDefinition): BoundaryTransaction | undefined {
  return dataSource === 'default' ? TRANSACTIONS[propagation] : undefined
}

const TRANSACTIONS = {
  REQUIRED: 'begins',
  REQUIRES_NEW: 'begins',
  NESTED: 'begins',
  SUPPORTS: 'joins',
  MANDATORY: 'joins',
  NOT_SUPPORTED: 'none',
  NEVER: 'none',
} as const satisfies Record<Propagation, BoundaryTransaction>

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

function aroundMethod(definition: TransactionDefinition): Around {
  const { dataSource, label } = definition
  return ({ instance, args, inside }) =>
    transactionManagerOf(instance, dataSource, label).execute({
      definition,
      fn: inside,
      self: instance,
      args,
      asynchronous: true,
    })
}

function aroundGenerator(definition: TransactionDefinition): Around {
  return ({ instance, args, inside }) => generatorBoundary(inside, definition).apply(instance, args)
}
