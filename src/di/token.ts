import type { Class } from '../core/metadata'

/**
 * Names a dependency that is no class: an interface, a primitive, a configured object.
 *
 * Use it wherever the type of a constructor parameter does not exist at run time. Tokens are compared by identity, so export
 * one constant and import it on both sides; the name only serves messages and reports.
 *
 * @example
 * import { bootstrap, Inject, InjectionToken, provide, Service } from 'ambit'
 *
 * interface Clock { now(): Date }
 * export const CLOCK = new InjectionToken<Clock>('Clock')
 *
 * @Service()
 * class Invoices {
 *   constructor(@Inject(CLOCK) private readonly clock: Clock) {}
 * }
 *
 * await bootstrap({ components: [Invoices], providers: [provide(CLOCK, { useValue: { now: () => new Date() } })] })
 */
export class InjectionToken<T> {
  /** Carries `T` for the compiler; never there at run time. */
  declare readonly '~type'?: T
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  get name(): string {
    return this.#name
  }

  toString(): string {
    return `InjectionToken(${this.#name})`
  }
}

/** What a component is asked for by: a class, concrete or abstract, or an {@link InjectionToken}. */
export type Token<T = unknown> = Class<T> | InjectionToken<T>

/** A token, or a function that returns it, for a token whose file is not loaded yet. */
export type TokenSource<T = unknown> = Token<T> | (() => Token<T>)

/** The name of a token, as messages and reports show it. */
export function tokenName(token: Token): string {
  const { name } = token
  return name === '' ? 'an anonymous class' : name
}

export function isToken(value: unknown): value is Token {
  return value instanceof InjectionToken || isConstructor(value)
}

/** The token that a source stands for, `undefined` where it stands for none (a circular import). */
export function readToken(source: unknown): Token | undefined {
  if (isToken(source)) return source
  if (typeof source !== 'function') return undefined
  const later: unknown = (source as () => unknown)()
  return isToken(later) ? later : undefined
}

/** Whether a value has the shape of a token source, before it is known whether its token exists. */
export function isTokenSource(value: unknown): value is TokenSource {
  return isToken(value) || (typeof value === 'function' && !isConstructor(value) && value.length === 0)
}

/** As {@link isTokenSource}; `undefined` passes too, since the start reports a circular import with the place it is in. */
export function mayBeTokenSource(value: unknown): boolean {
  return value === undefined || isTokenSource(value)
}

/** The tokens that a registration under a token answers to: a class also stands for its bases. */
export function answersTo(token: Token): readonly Token[] {
  return isConstructor(token) ? lineage(token).filter(level => level !== Object) : [token]
}

/** Whether a registration under one token answers to another. */
export function answers(registered: Token, wanted: Token): boolean {
  if (registered === wanted) return true
  if (!isConstructor(registered) || !isConstructor(wanted) || wanted === Object) return false
  return Object.prototype.isPrototypeOf.call(wanted, registered)
}

/** Whether a value can be a class: arrow functions and methods have no prototype. */
export function isConstructor(value: unknown): value is Class {
  return typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null
}

/** The class that a class extends, `undefined` where it extends none. */
export function baseOf(target: Class): Class | undefined {
  const base: unknown = Object.getPrototypeOf(target)
  return isConstructor(base) ? base : undefined
}

/** The class itself, then its bases, nearest first. */
export function lineage(target: Class): readonly Class[] {
  const levels: Class[] = []
  for (let level: unknown = target; isConstructor(level); level = Object.getPrototypeOf(level)) levels.push(level)
  return levels
}
