import type { Class } from '../core/metadata'

/** One call of an intercepted method, as an interceptor sees it. */
export interface MethodCall {
  /** The object whose method was called; the class itself for a static one. */
  readonly instance: object
  /** The class that was decorated. */
  readonly target: Class
  readonly method: string | symbol
  /** `'Accounts.open'`, for messages. Never holds arguments. */
  readonly label: string
  /** As the caller, or an interceptor further out, has passed them. Frozen: others are passed on with `next([…])`. */
  readonly args: readonly unknown[]
  /** What the interceptors of this very call share; it is empty at first, and the same for each repetition by `next()`. */
  readonly locals: Map<unknown, unknown>
  /**
   * What a decorator recorded through `reflect-metadata`: on the method, else on its class; `undefined` where none did.
   * This is how an interceptor gets options of its own for each method.
   */
  metadata(key: unknown): unknown
}

/**
 * Runs the rest of the chain, the method included, and returns what it returns: a promise for an asynchronous method, always.
 *
 * Each call runs all of the rest anew, a transaction further in too. Without an argument it passes the arguments on; with an
 * array it passes those in it.
 */
export type Next = (args?: readonly unknown[]) => unknown
