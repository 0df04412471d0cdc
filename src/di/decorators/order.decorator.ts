import { InvalidComponentError } from '../errors'
import { markOrder } from '../injection/selection-marks'
import { componentOrBean } from './decorator-use'
import type { PrimaryDecorator } from './primary.decorator'

/**
 * Gives a component or bean its place in lists: lower ones first; those without an order follow, as they were registered.
 *
 * @example
 * import { Component, Order } from 'ambit'
 *
 * @Order(10)
 * @Component()
 * class VolumeDiscount extends PriceRule { … }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it is given no finite number, or stands elsewhere
 */
export function Order(order: number): PrimaryDecorator {
  if (!Number.isFinite(order)) throw noNumber()
  return (target, member, descriptor) => {
    const place = componentOrBean('@Order', { target, member, descriptor })
    markOrder(place.owner, place.member, order)
  }
}

function noNumber(): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: '@Order was given no finite number.',
    next: 'Write @Order(10); lower ones come first.',
  })
}
