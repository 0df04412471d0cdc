import { ApplicationSlot, resolveApplication } from '../core/applications'
import { EventPublicationError } from './errors'

/**
 * Publishes events to the listeners of the application. Every application has one to inject.
 *
 * An event is an object of a class of your own; listeners are found by that class and its bases.
 *
 * @example
 * import { EventPublisher, Service, Transactional } from 'ambit'
 * class OrderPlaced { constructor(readonly orderId: number) {} }
 *
 * @Service()
 * class Orders {
 *   constructor(private readonly orders: OrderRepository, private readonly events: EventPublisher) {}
 *
 *   @Transactional()
 *   async place(item: string): Promise<void> {
 *     const { id } = await this.orders.save({ item })
 *     await this.events.publish(new OrderPlaced(id))
 *   }
 * }
 */
export abstract class EventPublisher {
  /**
   * Calls the `@EventListener` methods for the event, one after the other, and binds the `@TransactionalEventListener` ones to
   * the running transaction. An error of a listener that is called at once is thrown here, and keeps the listeners behind it
   * from the event.
   *
   * @throws what a listener throws; EventPublicationError `AMBIT_EVENT_NO_CLASS`, `AMBIT_EVENT_DEPTH`; TransactionEndedError
   * `AMBIT_TX_ENDED` in late work; NoApplicationError `AMBIT_APP_CLOSED`; ContainerStateError `AMBIT_DI_SCOPE_INACTIVE` where a
   * listening component lives for a transaction and none is active
   */
  abstract publish(event: object): Promise<void>
}

/** Where an application keeps its publisher, for the function form. */
export const EVENT_PUBLISHER = new ApplicationSlot<EventPublisher>('event publisher')

/**
 * Publishes an event, where nothing can be injected: scripts, entities, plain functions.
 *
 * @example
 * import { publish, transactional } from 'ambit'
 * await transactional({}, async () => {
 *   const order = await orders.save({ item: 'tea' })
 *   await publish(new OrderPlaced(order.id))
 * })
 *
 * @throws as {@link EventPublisher.publish}; NoApplicationError `AMBIT_APP_NONE`, `AMBIT_APP_AMBIGUOUS`; EventPublicationError
 * `AMBIT_EVENT_NOT_READY` while the application starts
 */
export async function publish(event: object): Promise<void> {
  const publisher = resolveApplication().get(EVENT_PUBLISHER)
  if (publisher === undefined) throw notReady()
  return publisher.publish(event)
}

function notReady(): EventPublicationError {
  return new EventPublicationError('AMBIT_EVENT_NOT_READY', {
    what: 'publish() was called while the application was still being built.',
    where: 'publish()',
    next: 'Publish once bootstrap() has returned, or in a DatabaseInitializer, when every component is there.',
  })
}
