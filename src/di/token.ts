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
  return token.name === '' ? 'an anonymous class' : token.name
}

export function isToken(value: unknown): value is Token {
  return value instanceof InjectionToken || isConstructor(value)
}

/** Whether a value can be a class: arrow functions and methods have no prototype. */
export function isConstructor(value: unknown): value is Class {
  return typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null
}

/** The class itself, then its bases, nearest first. */
export function lineage(target: Class): readonly Class[] {
  const levels: Class[] = []
  for (let level: unknown = target; isConstructor(level); level = Object.getPrototypeOf(level)) levels.push(level)
  return levels
}
