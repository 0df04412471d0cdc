/** An object that has events to tell of. */
export interface DomainEventSource {
  /** What has happened to it and was not published yet, in order. */
  domainEvents(): readonly object[]
  /** Forgets them: they were published. */
  clearDomainEvents(): void
}

/**
 * The base of an entity that tells of what happens to it. A repository publishes its events when it has saved, inserted or
 * deleted the entity, inside its own transaction, and forgets them.
 *
 * Extend it where a change of state is of interest to others; a class that must extend another one has the two methods of
 * {@link DomainEventSource} instead.
 *
 * @example
 * import { AggregateRoot } from 'ambit'
 * @Entity()
 * class Order extends AggregateRoot {
 *   @PrimaryGeneratedColumn() id!: number
 *   @Column({ default: false }) paid!: boolean
 *
 *   pay(): void {
 *     this.paid = true
 *     this.registerEvent(new OrderPaid(this))
 *   }
 * }
 *
 * order.pay()
 * await orders.save(order)   // BEGIN; UPDATE …; OrderPaid is published; COMMIT
 */
export abstract class AggregateRoot implements DomainEventSource {
  domainEvents(): readonly object[] {
    return [...(registered.get(this) ?? [])]
  }

  clearDomainEvents(): void {
    registered.delete(this)
  }

  /** Remembers an event until the entity is stored; answers it. */
  protected registerEvent<E extends object>(event: E): E {
    registered.set(this, [...(registered.get(this) ?? []), event])
    return event
  }
}

/** Entities are made without their constructors, and whatever is in them may be taken for a column. */
const registered = new WeakMap<AggregateRoot, readonly object[]>()

/** Has the events again: the transaction that they were published in came to nothing. Those of other classes cannot. */
export function restoreDomainEvents(source: DomainEventSource, events: readonly object[]): void {
  if (source instanceof AggregateRoot) registered.set(source, [...events, ...source.domainEvents()])
}

export function isDomainEventSource(value: unknown): value is DomainEventSource {
  if (typeof value !== 'object' || value === null) return false
  const { domainEvents, clearDomainEvents } = value as Partial<DomainEventSource>
  return typeof domainEvents === 'function' && typeof clearDomainEvents === 'function'
}
