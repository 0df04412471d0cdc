import { type ApplicationContext, runInApplication } from '../core/applications'
import { ContextKey, contextValue, outliving, runWithValue } from '../core/async-context'
import { Deadline } from '../core/deadline'
import { closing, runFinishing } from '../tx/closing'
import { EventDeliveryError, EventPublicationError } from './errors'

/** As many posted events may wait as nobody would miss the memory of. */
export const DEFAULT_EVENT_QUEUE_SIZE = 1_000

/** What the queue of an application works with. */
export interface PostedEventsParts {
  readonly application: ApplicationContext
  /** How many events may wait, the one that is being delivered not counted. */
  readonly size: number
  /** Is told errors that have no caller. */
  readonly report: (error: Error) => void
}

/** An event that waits. */
interface Posted {
  readonly name: string
  deliver(): Promise<void>
}

/**
 * The events of an application that were posted and wait: delivered one after the other, in their order, where their callers
 * were but outside of their transactions. One queue for the application and for those inside it.
 */
export class PostedEvents {
  readonly #parts: PostedEventsParts
  readonly #waiting: Posted[] = []
  #state: 'starting' | 'open' | 'over' = 'starting'
  #delivering: Posted | undefined
  /** What the log itself threw; the first says enough. */
  #failure: Error | undefined
  /** Pending while there is something to deliver. */
  #work: Promise<void> | undefined

  constructor(parts: PostedEventsParts) {
    this.#parts = parts
  }

  /**
   * Takes an event, which `deliver` will bring to its listeners.
   *
   * @throws EventPublicationError `AMBIT_EVENT_QUEUE_FULL`; NoApplicationError `AMBIT_APP_CLOSING`
   */
  add(name: string, deliver: () => Promise<void>): void {
    const { application, size } = this.#parts
    if (this.#state === 'over') throw closing(application, 'post()')
    if (this.#waiting.length >= size) throw this.#full(name)
    const run = (): Promise<void> => this.#deliver(deliver)
    const inside = (): Promise<void> => runInApplication(application, () => runFinishing('components', run))
    this.#waiting.push({ name, deliver: outliving(inside) })
    this.#begin()
  }

  /** The components are there: what was posted while they were built is delivered from now on. */
  start(): void {
    this.#state = 'open'
    this.#begin()
  }

  /** Waits until nothing waits any more, at most for a time. Says whether that came. */
  async settled(timeoutMs: number): Promise<boolean> {
    return new Deadline(timeoutMs).meets(this.#rest())
  }

  /** Delivers what waits, at most for a time, and takes nothing more; answers what was dropped. */
  async close(timeoutMs: number): Promise<readonly Error[]> {
    if (this.#state === 'open') await this.settled(timeoutMs)
    this.#state = 'over'
    const left = this.#waiting.splice(0)
    const stuck = this.#inDelivery() ? undefined : this.#delivering
    const dropped = left.length > 0 || stuck !== undefined ? [undelivered(left, stuck, timeoutMs)] : []
    for (const error of dropped) this.#report(error)
    return [...dropped, ...(this.#failure === undefined ? [] : [this.#failure])]
  }

  /** Who waits for the queue in a delivery would wait for itself: the rest is delivered without it. */
  async #rest(): Promise<void> {
    if (this.#inDelivery()) return this.#deliverAll()
    while (this.#work !== undefined) await this.#work
  }

  #inDelivery(): boolean {
    const delivery = contextValue(deliveryKey)
    return delivery?.queue === this && !delivery.over
  }

  /** What a listener has begun and does not wait for is no part of the delivery any more once that is over. */
  async #deliver(deliver: () => Promise<void>): Promise<void> {
    const delivery = { queue: this, over: false }
    try {
      await runWithValue(deliveryKey, delivery, deliver)
    } finally {
      delivery.over = true
    }
  }

  #begin(): void {
    if (this.#state === 'starting' || this.#waiting.length === 0) return
    this.#work ??= this.#deliverAll().finally(() => {
      this.#work = undefined
      this.#begin()
    })
  }

  /** Lets other work have its turn before each, so that posts that follow each other for ever block nobody. */
  async #deliverAll(): Promise<void> {
    for (;;) {
      await new Promise(resolve => setImmediate(resolve))
      const next = this.#waiting.shift()
      if (next === undefined) return
      const around = this.#delivering
      this.#delivering = next
      await next.deliver().catch((error: unknown) => {
        this.#report(new EventDeliveryError('The delivery of a posted event', next.name, error))
      })
      this.#delivering = around
    }
  }

  /** A log that fails must keep nobody from their events, nor the application from closing. */
  #report(error: Error): void {
    try {
      this.#parts.report(error)
    } catch (failure) {
      this.#failure ??= failure instanceof Error ? failure : new Error(String(failure))
    }
  }

  #full(name: string): EventPublicationError {
    const { size } = this.#parts
    const busy = this.#delivering === undefined ? '' : ` One of ${this.#delivering.name} is being delivered.`
    return new EventPublicationError('AMBIT_EVENT_QUEUE_FULL', {
      what: `${size} posted ${size === 1 ? 'event waits' : 'events wait'} already, so one of ${name} was not taken.${busy}`,
      where: 'post()',
      next: 'Await publish() where the caller can wait, make the listeners faster, or allow more with bootstrap({ eventQueueSize }).',
    })
  }
}

/** The delivery that the running code is part of. */
const deliveryKey = new ContextKey<{ readonly queue: PostedEvents; readonly over: boolean }>('posted event', false)

function undelivered(left: readonly Posted[], stuck: Posted | undefined, timeoutMs: number): EventPublicationError {
  const dropped = left.length === 0 ? [] : [`${count(left.length)} dropped: ${classesOf(left)}`]
  const running = stuck === undefined ? [] : [`one of ${stuck.name} was still being delivered after ${timeoutMs} ms`]
  return new EventPublicationError('AMBIT_EVENT_UNDELIVERED', {
    what: `The application closed, and ${[...running, ...dropped].join('; ')}.`,
    where: 'app.close()',
    next: 'Raise closeTimeoutMs, or make the listeners faster; what must not get lost belongs into a table.',
  })
}

function count(n: number): string {
  return n === 1 ? '1 posted event was' : `${n} posted events were`
}

function classesOf(events: readonly Posted[]): string {
  const counts = new Map<string, number>()
  for (const { name } of events) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, n]) => (n === 1 ? name : `${name} (${n})`)).join(', ')
}
