import type { Class } from '../core/metadata'
import { InjectionToken } from '../di'

/** A handle on settings, whose `get()` answers them as they are now: after a refresh, the new ones. */
export interface Live<T> {
  get(): T
}

const tokens = new WeakMap<Class, InjectionToken<Live<unknown>>>()

/**
 * Asks for a {@link Live} handle on a settings class. The settings object itself, injected by its class, never changes.
 *
 * @example
 * import { Inject, type Live, live, Service } from 'ambit'
 *
 * @Service()
 * class Throttle {
 *   constructor(@Inject(live(ThrottleSettings)) private readonly settings: Live<ThrottleSettings>) {}
 *   get limit(): number { return this.settings.get().requestsPerSecond }
 * }
 */
export function live<T>(target: Class<T>): InjectionToken<Live<T>> {
  const known = tokens.get(target)
  if (known !== undefined) return known as InjectionToken<Live<T>> // kept under its own class
  const token = new InjectionToken<Live<T>>(`live(${target.name})`)
  tokens.set(target, token)
  return token
}
