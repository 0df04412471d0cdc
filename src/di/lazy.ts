import type { TokenSource } from './token'

/**
 * A handle on a component that is looked up with each call, in the life that the caller is in.
 *
 * It carries what lives shorter into what lives longer (a component of the running transaction into a singleton), and lets
 * two components need each other.
 */
export interface Lazy<T> {
  /**
   * The component. One that lives for a transaction is built with the first call in it.
   *
   * @throws ContainerStateError `AMBIT_DI_SCOPE_INACTIVE`, `AMBIT_DI_ASYNC`, `AMBIT_DI_NOT_READY`, `AMBIT_DI_CLOSED`;
   * ComponentCreationError `AMBIT_DI_CREATION`
   */
  get(): T
  /** The component, also where its creation has something to wait for. */
  resolve(): Promise<T>
}

/** A dependency that is injected as a {@link Lazy} handle, made by {@link lazy}. */
export class LazyInjection<T = unknown> {
  /** Carries `T` for the compiler; never there at run time. */
  declare readonly '~type'?: T

  /** @internal Use {@link lazy}. */
  constructor(readonly source: TokenSource<T>) {}
}

/**
 * Asks for a {@link Lazy} handle on a component instead of the component.
 *
 * Use it to reach what lives for one transaction from a singleton, and to break a circle of constructors.
 *
 * @example
 * import { Component, Inject, lazy, type Lazy, Service, Transactional } from 'ambit'
 *
 * @Component({ scope: 'transaction' })
 * class ChangeLog {
 *   readonly changes: string[] = []
 * }
 *
 * @Service()
 * class Accounts {
 *   constructor(@Inject(lazy(ChangeLog)) private readonly log: Lazy<ChangeLog>) {}
 *
 *   @Transactional()
 *   async open(owner: string): Promise<void> {
 *     this.log.get().changes.push(`opened for ${owner}`)
 *   }
 * }
 */
export function lazy<T>(token: TokenSource<T>): LazyInjection<T> {
  return new LazyInjection(token)
}
