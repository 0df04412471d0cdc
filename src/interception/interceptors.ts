import { type ApplicationContext, ApplicationSlot } from '../core/applications'
import { ContextKey, contextValue, runWithValue } from '../core/async-context'
import { type Container, type Registration, tokenName } from '../di'
import { ContainerStateError } from '../di/errors'
import type { InterceptorClass } from './interception'
import type { MethodInterceptor } from './method-interceptor'
import { noLife, notAvailable } from './refusals'

/** Where an application keeps what finds its interceptors. */
export const INTERCEPTORS = new ApplicationSlot<Interceptors>('interceptors')

/** The interceptors of an application, for the running code; `undefined` before it has a container. */
export function interceptorsOf(application: ApplicationContext): Interceptors | undefined {
  const nested = contextValue(nestedKey)
  return nested?.application === application ? nested.interceptors : application.get(INTERCEPTORS)
}

/** Runs `fn` where calls of the application's objects take other interceptors: a nested container's. */
export function runWithInterceptors<R>(application: ApplicationContext, interceptors: Interceptors, fn: () => R): R {
  return runWithValue(nestedKey, { application, interceptors }, fn)
}

const nestedKey = new ContextKey<{
  readonly application: ApplicationContext
  readonly interceptors: Interceptors
}>('interceptors', false)

/** Finds the interceptors of an application in its container. */
export class Interceptors {
  readonly #container: Container
  readonly #singletons = new Map<InterceptorClass, MethodInterceptor>()

  constructor(container: Container) {
    this.#container = container
  }

  /**
   * The interceptor of a class: the only one, or that of the life that the running code is in. Returns a promise only where
   * its creation may have something to wait for, and the caller can wait.
   *
   * @throws InvalidInterceptionError `AMBIT_INTERCEPTION_UNRESOLVED`, `AMBIT_INTERCEPTION_DECLARATION`; ContainerStateError `AMBIT_DI_*`
   */
  find(type: InterceptorClass, label: string, canWait: boolean): MethodInterceptor | Promise<MethodInterceptor> {
    const known = this.#singletons.get(type)
    if (known !== undefined) return known
    const scope = this.#scopeOf(type, label)
    if (scope === 'prototype') throw noLife(label, tokenName(type))
    if (scope !== 'singleton') return canWait ? this.#container.resolve(type) : this.#container.get(type)
    return this.#singleton(type, canWait)
  }

  /** An object that no container built may use what its application does not have. */
  #scopeOf(type: InterceptorClass, label: string): Registration['scope'] {
    try {
      return this.#container.registrationOf(type).scope
    } catch (error) {
      throw notAvailable(tokenName(type), label, error)
    }
  }

  #singleton(type: InterceptorClass, canWait: boolean): MethodInterceptor | Promise<MethodInterceptor> {
    try {
      const found = this.#container.get(type)
      this.#singletons.set(type, found)
      return found
    } catch (error) {
      if (canWait && error instanceof ContainerStateError && error.code === 'AMBIT_DI_ASYNC')
        return this.#container.resolve(type)
      throw error
    }
  }
}
