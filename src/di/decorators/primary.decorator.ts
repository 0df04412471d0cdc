import type { Class } from '../../core/metadata'
import { markPrimaryBean } from '../bean'
import { markPrimary } from '../component'
import { memberName, misplacedDecorator, refuseStandardDecorator } from './decorator-use'

/** A decorator of a component class or of a `@Bean()` method. */
export type PrimaryDecorator = (target: object, member?: string | symbol, descriptor?: PropertyDescriptor) => void

/**
 * Marks the component or bean that is meant where several fit; `getAll()` still returns all of them.
 *
 * @example
 * import { Component, Primary } from 'ambit'
 *
 * abstract class Cache { abstract get(key: string): unknown }
 * @Component() class MemoryCache extends Cache { … }
 * @Primary() @Component() class RedisCache extends Cache { … }   // injected for Cache
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it stands elsewhere
 */
export function Primary(): PrimaryDecorator {
  return (target, member) => {
    refuseStandardDecorator('@Primary', member)
    if (member === undefined) {
      markPrimary(target as Class) // a decorator without a member name stands on a class
      return
    }
    if (typeof target === 'function') throw misplacedDecorator('@Primary', memberName(target, member), NEXT)
    markPrimaryBean(target.constructor as Class, member) // a prototype's constructor is its class
  }
}

const NEXT = 'Put it on a component class or on a @Bean() method that is not static.'
