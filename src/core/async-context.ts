import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * A kind of value that travels with the async call chain.
 *
 * All kinds share one AsyncLocalStorage: on Node 20 and 22 every further active store costs each async call of the whole
 * application some 65 ns.
 */
export class ContextKey<T> {
  declare readonly '~value'?: T

  /** `detachable`: whether {@link runDetached} hides values of this key (transactions) or keeps them (the application). */
  constructor(
    readonly name: string,
    readonly detachable: boolean,
  ) {}
}

/** An immutable link of the context: a child never changes what its siblings or its parent see. */
export interface ContextNode {
  readonly key: ContextKey<unknown>
  readonly value: unknown
  readonly outer: ContextNode | undefined
}

const storage = new AsyncLocalStorage<ContextNode | undefined>()

/** The innermost link of the running async call chain, `undefined` outside everything. */
export function currentContext(): ContextNode | undefined {
  return storage.getStore()
}

/** The nearest value of `key`, searched from the innermost link outwards. */
export function contextValue<T>(key: ContextKey<T>): T | undefined {
  for (let node = storage.getStore(); node !== undefined; node = node.outer) {
    if (node.key === key) return node.value as T
  }
  return undefined
}

/** Runs `fn` with one more link; the caller's own context is untouched. */
export function runWithValue<T, R>(key: ContextKey<T>, value: T, fn: () => R): R {
  return storage.run({ key, value, outer: storage.getStore() }, fn)
}

/** A method call that has not been made yet. */
export interface PendingCall {
  readonly fn: (this: unknown, ...args: unknown[]) => unknown
  readonly self: unknown
  readonly args: unknown[]
}

/** As {@link runWithValue}, making a call that is at hand: saves the hot path a closure. */
export function callWithValue<T>(key: ContextKey<T>, value: T, call: PendingCall): unknown {
  return storage.run({ key, value, outer: storage.getStore() }, make, call)
}

function make({ fn, self, args }: PendingCall): unknown {
  return fn.apply(self, args)
}

/** Runs `fn` in a context captured earlier with {@link currentContext}. */
export function runInContext<R>(context: ContextNode | undefined, fn: () => R): R {
  return storage.run(context, fn)
}

/** Runs `fn` without the detachable links (transactions); the application and other lasting links stay. */
export function runDetached<R>(fn: () => R): R {
  return storage.run(withoutDetachable(storage.getStore()), fn)
}

function withoutDetachable(node: ContextNode | undefined): ContextNode | undefined {
  if (node === undefined) return undefined
  const outer = withoutDetachable(node.outer)
  if (node.key.detachable) return outer
  return outer === node.outer ? node : { ...node, outer }
}
