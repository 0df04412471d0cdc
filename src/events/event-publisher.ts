import { type ApplicationContext, ApplicationSlot, resolveApplication } from '../core/applications'
import { ContextKey, contextValue, runWithValue } from '../core/async-context'
import type { Class } from '../core/metadata'
import { EventPublicationError } from './errors'
import type { PublishOptions } from './publish-options'
import type { SubscribeOptions, Subscription } from './subscription'

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
   * Calls those who listen for the event, one after the other: `@EventListener` methods and subscribed functions. Binds
   * `@TransactionalEventListener` methods to the running transaction. The error of a listener that is called at once is thrown
   * here, and keeps the listeners behind it from the event; with `onError: 'report'` all of them are called, and errors go to
   * `bootstrap({ onError })` and the log.
   *
   * @throws what a listener throws; EventPublicationError `AMBIT_EVENT_NO_CLASS`, `AMBIT_EVENT_DEPTH`, `AMBIT_EVENT_OPTIONS`;
   * TransactionEndedError `AMBIT_TX_ENDED` in late work; NoApplicationError `AMBIT_APP_CLOSED`; ContainerStateError
   * `AMBIT_DI_SCOPE_INACTIVE` where a listening component lives for a transaction and none is active
   */
  abstract publish(event: object, options?: PublishOptions): Promise<void>

  /**
   * Puts an event in the queue of the application and returns: listeners are called later, outside the caller's transaction,
   * one event after the other in the order of the posts. Their errors go to `bootstrap({ onError })` and the log, and keep
   * nobody else from the event. Use it for work that nobody needs to wait for. It waits for no outcome: what must follow a
   * commit is posted in `afterCommit()`, or listened for with `@TransactionalEventListener()`.
   *
   * @example
   * import { afterCommit } from 'ambit'
   * afterCommit(() => this.events.post(new OrderPlaced(id)))
   *
   * @throws EventPublicationError `AMBIT_EVENT_NO_CLASS`, `AMBIT_EVENT_QUEUE_FULL`; NoApplicationError `AMBIT_APP_CLOSING`,
   * `AMBIT_APP_CLOSED`
   */
  abstract post(event: object): void

  /**
   * Has a function called with every event of a class and its subclasses, as an `@EventListener` method is, until it is
   * unsubscribed. The same function counts once for a class. Use it for what comes and goes while the application runs; a
   * component declares its listeners.
   *
   * @example
   * using subscription = events.subscribe(OrderPlaced, placed => socket.send(placed.orderId))
   *
   * @throws InvalidEventListenerError `AMBIT_EVENT_SUBSCRIPTION`; NoApplicationError `AMBIT_APP_CLOSED`
   */
  abstract subscribe<E extends object>(
    event: Class<E>,
    listener: (event: E) => unknown,
    options?: SubscribeOptions,
  ): Subscription
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
export async function publish(event: object, options?: PublishOptions): Promise<void> {
  const application = resolveApplication()
  const nested = contextValue(publisherKey)
  const publisher = nested?.application === application ? nested.publisher : application.get(EVENT_PUBLISHER)
  if (publisher === undefined) throw notReady()
  return publisher.publish(event, options)
}

/** Runs `fn` where the function form publishes by another publisher of the application: a nested container's. */
export function runWithPublisher<R>(application: ApplicationContext, publisher: EventPublisher, fn: () => R): R {
  return runWithValue(publisherKey, { application, publisher }, fn)
}

const publisherKey = new ContextKey<{ readonly application: ApplicationContext; readonly publisher: EventPublisher }>(
  'event publisher',
  false,
  true,
)

function notReady(): EventPublicationError {
  return new EventPublicationError('AMBIT_EVENT_NOT_READY', {
    what: 'publish() was called while the application was still being built.',
    where: 'publish()',
    next: 'Publish once bootstrap() has returned, or in a DatabaseInitializer, when every component is there.',
  })
}
