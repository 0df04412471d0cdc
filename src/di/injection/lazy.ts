import type { CollectionInjection } from './collection'
import type { Selector } from './selector'
import type { TokenSource } from '../token'

/** What a handle can be asked for: a token, one of several by `named()` or `qualified()`, all of them by `all()` or `mapOf()`. */
export type LazySource<T = unknown> = TokenSource<T> | Selector<T> | CollectionInjection<T>

/**
 * A handle on a component that is looked up with each call, in the life that the caller is in.
 *
 * It carries what lives shorter into what lives longer (a component of the running transaction into a singleton), and lets
 * two components need each other. Of a prototype it makes one instance, with the first call, for whoever holds the handle.
 */
export interface Lazy<T> {
  /**
   * The component. One that lives for a transaction or a request is built with the first call in it.
   *
   * @throws ContainerStateError `AMBIT_DI_SCOPE_INACTIVE`, `AMBIT_DI_SCOPE_ENDED`, `AMBIT_DI_ASYNC`, `AMBIT_DI_NOT_READY`,
   * `AMBIT_DI_CLOSED`; ComponentCreationError `AMBIT_DI_CREATION`
   */
  get(): T
  /** The component, also where its creation has something to wait for. */
  resolve(): Promise<T>
}

/**
 * A handle that asks the container anew with each call: of a prototype each call makes an instance, which belongs to the
 * caller. Other libraries call it a provider.
 */
export interface Supplier<T> {
  /**
   * A new instance of a prototype; of any other scope what {@link Lazy} answers.
   *
   * @throws as {@link Lazy}
   */
  get(): T
  /** The same, also where its creation has something to wait for. */
  resolve(): Promise<T>
}

/** A dependency that is injected as a {@link Lazy} handle, made by {@link lazy}. */
export class LazyInjection<T = unknown> {
  /** Carries `T` for the compiler; never there at run time. */
  declare readonly '~type'?: T

  /** @internal Use {@link lazy}. */
  constructor(readonly source: LazySource<T>) {}
}

/** A dependency that is injected as a {@link Supplier}, made by {@link supplier}. */
export class SupplierInjection<T = unknown> {
  /** Carries `T` for the compiler; never there at run time. */
  declare readonly '~type'?: T
  /** Tells it from a {@link LazyInjection} for the compiler, too. */
  readonly perCall = true

  /** @internal Use {@link supplier}. */
  constructor(readonly source: LazySource<T>) {}
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
 *
 * @throws nothing by itself; the start throws ContainerValidationError `AMBIT_DI_INVALID` with `AMBIT_DI_PARAMETER` for what is
 * no token, and `AMBIT_DI_DEPENDENCY_MISSING` or `AMBIT_DI_DEPENDENCY_AMBIGUOUS` where not exactly one component fits
 */
export function lazy<T>(token: LazySource<T>): LazyInjection<T> {
  return new LazyInjection(token)
}

/**
 * Asks for a {@link Supplier} of a component: a handle that makes a new instance of a prototype with each call.
 *
 * Use it where one component needs many instances of another. For what is no prototype it does the same as {@link lazy}.
 *
 * @example
 * import { Component, Inject, Service, supplier, type Supplier } from 'ambit'
 *
 * @Component({ scope: 'prototype' })
 * class Basket {
 *   readonly items: string[] = []
 * }
 *
 * @Service()
 * class Shop {
 *   constructor(@Inject(supplier(Basket)) private readonly baskets: Supplier<Basket>) {}
 *
 *   enter(): Basket { return this.baskets.get() }
 * }
 *
 * @throws nothing by itself; the start throws ContainerValidationError `AMBIT_DI_INVALID` with `AMBIT_DI_PARAMETER` for what is
 * no token, and `AMBIT_DI_DEPENDENCY_MISSING` or `AMBIT_DI_DEPENDENCY_AMBIGUOUS` where not exactly one component fits
 */
export function supplier<T>(token: LazySource<T>): SupplierInjection<T> {
  return new SupplierInjection(token)
}
