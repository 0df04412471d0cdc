import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'

/**
 * A kind of value that travels with the async call chain.
 *
 * All kinds share one AsyncLocalStorage: on Node 20 and 22 every further active store costs each async call of the whole
 * application some 65 ns.
 */
export class ContextKey<T> {
  declare readonly '~value'?: T

  /**
   * `detachable`: whether {@link runDetached} hides values of this key (transactions) or keeps them (the application).
   * `outlasts`: whether work that outlives its caller keeps them, see {@link outliving}.
   */
  constructor(
    readonly name: string,
    readonly detachable: boolean,
    readonly outlasts = false,
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

/**
 * Runs `fn` without the detachable links (transactions); the application and other lasting links stay, except those of
 * `hidden`, for work that outlives what such a link stands for.
 */
export function runDetached<R>(fn: () => R, hidden?: ContextKey<unknown>): R {
  const node = storage.getStore()
  const rest = withoutDetachable(node, hidden)
  return rest === node ? fn() : storage.run(rest, fn)
}

function withoutDetachable(
  node: ContextNode | undefined,
  hidden: ContextKey<unknown> | undefined,
): ContextNode | undefined {
  if (node === undefined) return undefined
  const outer = withoutDetachable(node.outer, hidden)
  if (node.key.detachable || node.key === hidden) return outer
  return outer === node.outer ? node : { ...node, outer }
}

/**
 * Binds work that will outlive its caller to where it was asked for: it sees the stores of the program and of other libraries
 * (the id of the request, say) as the caller does, but of ours only the links that outlast a call.
 */
export function outliving<R>(fn: () => R): () => R {
  const resource = new AsyncResource('ambit.outliving')
  const lasting = lastingOf(storage.getStore())
  return () => resource.runInAsyncScope(() => storage.run(lasting, fn))
}

function lastingOf(node: ContextNode | undefined): ContextNode | undefined {
  if (node === undefined) return undefined
  const outer = lastingOf(node.outer)
  return node.key.outlasts ? { ...node, outer } : outer
}
