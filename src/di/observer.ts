import type { Logger } from '../core/logger'
import type { Registration } from './registration'

/**
 * Is told what a container looks up and builds. For measurements and tests; without observers none of it costs anything.
 *
 * What an observer throws is logged once, and changes nothing for the caller.
 *
 * @example
 * import { bootstrap, type ResolutionObserver } from 'ambit'
 *
 * const slow: ResolutionObserver = {
 *   onBuild: ({ name }, ms) => { if (ms > 100) console.warn(`${name} took ${ms} ms to build`) },
 * }
 * await using app = await bootstrap({ observers: [slow] })
 */
export interface ResolutionObserver {
  /** Somebody asked for a component that was not there, and has got it: `ms` is what that took, its needs included. */
  onResolve?(registration: Registration, ms: number): void
  /** Somebody asked for a component that was there. */
  onCacheHit?(registration: Registration): void
  /** A component is ready: `ms` is what its own construction and initialisation took, without those that it needs. */
  onBuild?(registration: Registration, ms: number): void
}

/** Tells several observers, whatever each of them throws. */
export class Observers {
  readonly #observers: readonly ResolutionObserver[]
  readonly #logger: Logger
  readonly #failed = new Set<ResolutionObserver>()

  constructor(observers: readonly ResolutionObserver[], logger: Logger) {
    this.#observers = observers
    this.#logger = logger
  }

  resolved(registration: Registration, ms: number): void {
    this.#tell(observer => observer.onResolve?.(registration, ms))
  }

  hit(registration: Registration): void {
    this.#tell(observer => observer.onCacheHit?.(registration))
  }

  built(registration: Registration, ms: number): void {
    this.#tell(observer => observer.onBuild?.(registration, ms))
  }

  #tell(call: (observer: ResolutionObserver) => unknown): void {
    for (const observer of this.#observers) {
      try {
        const told = call(observer)
        if (told instanceof Promise) told.catch((error: unknown) => this.#complain(observer, error))
      } catch (error) {
        this.#complain(observer, error)
      }
    }
  }

  #complain(observer: ResolutionObserver, error: unknown): void {
    if (this.#failed.has(observer)) return
    this.#failed.add(observer)
    this.#logger.error('An observer of the container failed; it is not mentioned again.', error)
  }
}
