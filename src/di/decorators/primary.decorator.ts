import { markPrimary } from '../injection/selection-marks'
import { componentOrBean, refuseWithoutParentheses } from './decorator-use'

/** A decorator of a component class or of a `@Bean()` method. */
export type PrimaryDecorator = (target: object, member?: string | symbol, descriptor?: PropertyDescriptor) => void

/**
 * Marks the component or bean that is meant where several fit; lists still have all of them.
 *
 * @example
 * import { Component, Primary } from 'ambit'
 *
 * abstract class Cache { abstract get(key: string): unknown }
 * @Component() class MemoryCache extends Cache { … }
 * @Primary() @Component() class RedisCache extends Cache { … }   // injected for Cache
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it stands elsewhere, or without parentheses
 */
export function Primary(...none: readonly []): PrimaryDecorator {
  refuseWithoutParentheses('@Primary', none)
  return (target, member, descriptor) => {
    const place = componentOrBean('@Primary', { target, member, descriptor })
    markPrimary(place.owner, place.member)
  }
}
