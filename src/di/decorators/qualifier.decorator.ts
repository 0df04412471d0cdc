import { InvalidComponentError } from '../errors'
import { isQualifier, type Qualifier as QualifierValue } from '../injection/qualifier'
import { addQualifiers } from '../injection/selection-marks'
import { componentOrBean, injectionPoint } from './decorator-use'
import { markParameter } from '../injection/parameter-marks'

/** A decorator of a component class, of a `@Bean()` method, or of a parameter of a constructor or `@Bean()` method. */
export type QualifierDecorator = (
  target: object,
  member?: string | symbol,
  position?: PropertyDescriptor | number,
) => void

/**
 * Sets a component or bean apart from others for the same token; on a parameter, asks for one that is set apart like this.
 *
 * On a parameter it is enforced: nothing without the qualifier is ever taken in its place. Several must all fit.
 *
 * @example
 * import { Component, Qualifier, Service } from 'ambit'
 *
 * @Qualifier('fast')
 * @Component()
 * class MemoryCache extends Cache { … }
 *
 * @Service()
 * class Prices {
 *   constructor(@Qualifier('fast') private readonly cache: Cache) {}
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it is given no text or symbol, or stands elsewhere
 */
export function Qualifier(...qualifiers: readonly [QualifierValue, ...QualifierValue[]]): QualifierDecorator {
  if (qualifiers.length === 0 || !qualifiers.every(isQualifier)) throw noQualifier()
  return (target, member, position) => {
    if (typeof position === 'number') {
      const place = injectionPoint('@Qualifier', { target, member, index: position })
      markParameter(place.owner, place.member, position, { qualifiers })
      return
    }
    const place = componentOrBean('@Qualifier', { target, member, descriptor: position })
    addQualifiers(place.owner, place.member, qualifiers)
  }
}

function noQualifier(): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: '@Qualifier was given no text and no symbol.',
    next: "Write @Qualifier('fast').",
  })
}
