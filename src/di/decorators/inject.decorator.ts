import type { InvalidComponentError } from '../errors'
import type { LazyInjection } from '../lazy'
import { markParameter, type ParameterMark } from '../parameter-marks'
import type { TokenSource } from '../token'
import { memberName, misplacedDecorator, refuseStandardDecorator } from './decorator-use'

/** A decorator of a constructor parameter, or of a parameter of a `@Bean()` method. */
export type InjectionDecorator = (target: object, member: string | symbol | undefined, index: number) => void

/**
 * Says what to inject where the type of a parameter does not: an interface, a primitive, a class under another token.
 *
 * Give a function, `@Inject(() => Orders)`, for a class whose file and this one import each other, and `lazy(Orders)` for a
 * handle that looks the component up with each call.
 *
 * @example
 * import { Inject, Service } from 'ambit'
 *
 * @Service()
 * class Invoices {
 *   constructor(@Inject(CLOCK) private readonly clock: Clock) {}
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it stands elsewhere or twice
 */
export function Inject(token: TokenSource | LazyInjection): InjectionDecorator {
  return parameterDecorator('@Inject', { inject: { source: token } })
}

/**
 * Leaves a parameter `undefined` (so that its default value counts) where nothing is registered for it.
 *
 * Write `cache?: Cache`, since compilers emit no class for `cache: Cache | undefined`. It swallows nothing else: an ambiguous or failing dependency still stops the start.
 *
 * @example
 * import { Inject, Optional, Service } from 'ambit'
 *
 * @Service()
 * class Invoices {
 *   constructor(@Optional() @Inject(CLOCK) private readonly clock: Clock = systemClock) {}
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it stands elsewhere
 */
export function Optional(): InjectionDecorator {
  return parameterDecorator('@Optional', { optional: true })
}

function parameterDecorator(decorator: string, mark: ParameterMark): InjectionDecorator {
  return (target, member, index) => {
    refuseStandardDecorator(decorator, member)
    if (typeof index !== 'number') throw notOnAParameter(decorator, target, member)
    if (member !== undefined && typeof target === 'function') throw onAStaticMethod(decorator, target, member)
    markParameter(member === undefined ? target : target.constructor, member, index, mark)
  }
}

function notOnAParameter(
  decorator: string,
  target: object,
  member: string | symbol | undefined,
): InvalidComponentError {
  const next = 'Put it on a constructor parameter: the container does not fill properties.'
  return misplacedDecorator(decorator, memberName(target, member), next)
}

function onAStaticMethod(decorator: string, target: object, member: string | symbol): InvalidComponentError {
  const next = 'Put it on a parameter of the constructor or of a @Bean() method that is not static.'
  return misplacedDecorator(decorator, memberName(target, member), next)
}
