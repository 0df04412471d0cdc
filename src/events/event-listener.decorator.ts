import { type EventListenerDecorator, listenerDecorator, refuseBareUse } from './listener-decorator'
import { checkListenerOptions, type EventListenerOptions } from './listener-options'

/**
 * Has a method of a component called with every event of a class, while the event is being published.
 *
 * Use it for what belongs to the publisher's own work: the listener runs in the publisher's transaction, the publisher waits
 * for it, and its error is the publisher's. For what must wait for the outcome use {@link TransactionalEventListener}.
 *
 * @example
 * import { EventListener, Service } from 'ambit'
 * @Service()
 * class Stock {
 *   constructor(private readonly items: ItemRepository) {}
 *
 *   @EventListener()
 *   async reserve(placed: OrderPlaced): Promise<void> { await this.items.take(placed.item, placed.amount) }
 * }
 *
 * @throws InvalidEventListenerError `AMBIT_EVENT_LISTENER`, InvalidComponentError `AMBIT_DI_STANDARD_DECORATORS` when the
 * class is defined; what only start-up can tell is in its StartUpError
 */
export function EventListener<E extends object = never>(
  options: EventListenerOptions<E> = {},
  ...rest: readonly never[]
): EventListenerDecorator<E> {
  refuseBareUse('@EventListener', rest)
  checkListenerOptions('@EventListener', options)
  const { event, order } = options
  return listenerDecorator({
    decorator: '@EventListener',
    phase: undefined,
    order,
    fallback: false,
    dataSource: 'default',
    event,
  })
}
