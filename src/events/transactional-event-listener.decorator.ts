import { listenerDecorator, refuseBareUse, type TransactionalEventListenerDecorator } from './listener-decorator'
import { checkListenerOptions, type TransactionalEventListenerOptions } from './listener-options'

/**
 * Has a method of a component called with every event of a class that was published in a transaction, when that transaction
 * ends: by default after its commit.
 *
 * Use it for what must only happen when the rows are really there: mail, caches, messages. The caller of the transaction
 * waits for it; its error goes to the application's error listener, and never turns the committed call into a failed one.
 * It runs outside every transaction, so that `@Transactional({ propagation: 'REQUIRES_NEW' })` beside it begins one of its
 * own. A `beforeCommit` listener runs inside the transaction, and its error rolls everything back.
 *
 * @example
 * import { Service, TransactionalEventListener } from 'ambit'
 * @Service()
 * class Mail {
 *   @TransactionalEventListener()
 *   async confirm(placed: OrderPlaced): Promise<void> { await mailer.send(placed.customer, 'Thank you') }
 *
 *   @TransactionalEventListener({ phase: 'afterRollback' })
 *   async regret(placed: OrderPlaced): Promise<void> { await mailer.send(placed.customer, 'Sorry') }
 * }
 *
 * @throws InvalidEventListenerError `AMBIT_EVENT_LISTENER`, InvalidComponentError `AMBIT_DI_STANDARD_DECORATORS` when the
 * class is defined; what only start-up can tell, such as `AMBIT_EVENT_FINISHED_TRANSACTION`, is in its StartUpError
 */
export function TransactionalEventListener<E extends object = never>(
  options: TransactionalEventListenerOptions<E> = {},
  ...rest: readonly never[]
): TransactionalEventListenerDecorator<E> {
  refuseBareUse('@TransactionalEventListener', rest)
  checkListenerOptions('@TransactionalEventListener', options)
  const { phase = 'afterCommit', order, fallback, dataSource = 'default', event } = options
  return listenerDecorator({
    decorator: '@TransactionalEventListener',
    phase,
    order,
    fallback,
    dataSource,
    event,
  })
}
