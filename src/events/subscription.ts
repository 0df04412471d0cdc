import type { Class } from '../core/metadata'
import { didYouMean } from '../core/near-misses'
import { isOrder } from '../tx/hook-options'
import { InvalidEventListenerError } from './errors'
import { isEventClass } from './event-class'

/** Options of `EventPublisher.subscribe()`. */
export interface SubscribeOptions {
  /** The listener's place, among declared ones too: lower ones first; those without an order come behind all others. */
  readonly order?: number
  /** Whether it is called with one event only. Default false. */
  readonly once?: boolean
}

/** A function that listens, until it is unsubscribed. */
export interface Subscription extends Disposable {
  /** Whether it still listens. */
  readonly active: boolean
  /** Ends it, also for a delivery that is under way and has not come to it. A second call does nothing. */
  unsubscribe(): void
}

/** A subscribed function, as its publisher has it. */
export class SubscribedListener {
  readonly phase = undefined
  readonly label: string
  readonly subscription: Subscription
  readonly #onEnd: (ended: SubscribedListener) => void
  #active = true

  constructor(
    readonly eventClass: Class,
    readonly listener: (event: object) => unknown,
    readonly options: SubscribeOptions,
    onEnd: (ended: SubscribedListener) => void,
  ) {
    this.label = listener.name === '' ? `a subscriber of ${eventClass.name}` : listener.name
    this.subscription = handleOf(this)
    this.#onEnd = onEnd
  }

  get order(): number | undefined {
    return this.options.order
  }

  get active(): boolean {
    return this.#active
  }

  /** Whether it is to be called now; one that wants a single event is taken by the first that asks. */
  take(): boolean {
    if (!this.#active) return false
    if (this.options.once === true) this.end()
    return true
  }

  end(): void {
    if (!this.#active) return
    this.#active = false
    this.#onEnd(this)
  }
}

function handleOf(listener: SubscribedListener): Subscription {
  const end = (): void => listener.end()
  return Object.freeze({
    get active() {
      return listener.active
    },
    unsubscribe: end,
    [Symbol.dispose]: end,
  })
}

/** The functions that are subscribed at one publisher. */
export class Subscriptions {
  readonly #byClass = new Map<Class, Map<unknown, SubscribedListener>>()
  readonly #all = new Set<SubscribedListener>()
  readonly #changed: () => void

  /** `changed` is called with every one that comes or goes. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** In the order in which they came. */
  get all(): ReadonlySet<SubscribedListener> {
    return this.#all
  }

  /** @throws InvalidEventListenerError `AMBIT_EVENT_SUBSCRIPTION` */
  add(event: unknown, listener: unknown, given: unknown): SubscribedListener {
    const { eventClass, call, options } = checked(event, listener, given)
    const ofClass = this.#byClass.get(eventClass) ?? new Map<unknown, SubscribedListener>()
    const known = ofClass.get(listener)
    if (known !== undefined) return same(known, options)
    const added = new SubscribedListener(eventClass, call, options, ended => this.#remove(ended))
    this.#byClass.set(eventClass, ofClass.set(listener, added))
    this.#all.add(added)
    this.#changed()
    return added
  }

  #remove(ended: SubscribedListener): void {
    const ofClass = this.#byClass.get(ended.eventClass)
    ofClass?.delete(ended.listener)
    if (ofClass?.size === 0) this.#byClass.delete(ended.eventClass)
    this.#all.delete(ended)
    this.#changed()
  }
}

/** What asks for something else than there is must not get it silently. */
function same(known: SubscribedListener, { order, once = false }: SubscribeOptions): SubscribedListener {
  if (known.order === order && (known.options.once ?? false) === once) return known
  throw refused(
    `was given ${known.label} again, which is subscribed already with other options`,
    'Unsubscribe it first, or subscribe another function.',
  )
}

interface Checked {
  readonly eventClass: Class
  readonly call: (event: object) => unknown
  readonly options: SubscribeOptions
}

function checked(event: unknown, listener: unknown, options: unknown = {}): Checked {
  if (!isEventClass(event)) throw refused('was given no class of events', FORM)
  if (typeof listener !== 'function') throw refused('was given no function', FORM)
  if (typeof options !== 'object' || options === null) throw refused('was given no object as its options', OPTIONS_FORM)
  for (const [name, value] of Object.entries(options) as [string, unknown][]) checkOption(name, value)
  // Any function can be called with an event; the options were looked through above.
  return { eventClass: event, call: listener as Checked['call'], options: { ...options } }
}

function checkOption(name: string, value: unknown): void {
  const accepts = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof SubscribeOptions] : undefined
  if (accepts === undefined)
    throw refused(`has no option '${name}'`, `${didYouMean(name, Object.keys(CHECKS))}${OPTIONS_FORM}`)
  if (value !== undefined && !accepts(value)) throw refused(`was given a wrong '${name}'`, OPTIONS_FORM)
}

const CHECKS = {
  order: isOrder,
  once: value => typeof value === 'boolean',
} as const satisfies Record<keyof SubscribeOptions, (value: unknown) => boolean> as Record<
  keyof SubscribeOptions,
  (value: unknown) => boolean
>

function refused(problem: string, next: string): InvalidEventListenerError {
  return new InvalidEventListenerError('AMBIT_EVENT_SUBSCRIPTION', {
    what: `subscribe() ${problem}.`,
    where: 'subscribe()',
    next,
  })
}

const FORM = 'Write subscribe(OrderPlaced, placed => …): a class of your own, and a function.'
const OPTIONS_FORM = 'Give { order, once }: a finite number, and true or false.'
