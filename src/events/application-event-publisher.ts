import { ambientApplication, type ApplicationContext, resolveApplication, runInApplication } from '../core/applications'
import { runDetached } from '../core/async-context'
import type { Logger } from '../core/logger'
import type { Container } from '../di'
import type { HookPhase, TransactionOutcome } from '../tx/hooks'
import { openScope } from '../tx/open-scope'
import type { Scope } from '../tx/scope'
import { TRANSACTION_MANAGERS } from '../tx/transaction-managers'
import { delivering } from './delivery'
import { EventPublicationError } from './errors'
import { EventPublisher } from './event-publisher'
import { type Listener, ListenerRegistry } from './listener-registry'

/** What the publisher of an application works with. */
export interface PublisherParts {
  readonly container: Container
  readonly application: ApplicationContext
  readonly logger: Logger
}

/** The publisher that every application has. */
export class ApplicationEventPublisher extends EventPublisher {
  readonly #container: Container
  readonly #application: ApplicationContext
  readonly #logger: Logger
  readonly #registry: ListenerRegistry

  constructor({ container, application, logger }: PublisherParts) {
    super()
    this.#container = container
    this.#application = application
    this.#logger = logger
    this.#registry = new ListenerRegistry(container.registrations)
  }

  /** Goes on without waiting as long as listeners are only bound, so that a promise nobody awaits misses no transaction. */
  async publish(event: object): Promise<void> {
    resolveApplication(this) // refuses once the application is closed
    const listeners = this.#registry.of(prototypeOf(event))
    // Refused as a whole or not at all: late work calls nobody.
    for (const listener of listeners) this.#scopeFor(listener)
    for (const listener of listeners) {
      const scope = this.#scopeFor(listener)
      if (scope !== undefined && listener.phase !== undefined) {
        const wait = this.#bind(scope, listener.phase, { listener, event })
        if (wait !== undefined) await wait
      } else if (listener.phase === undefined || listener.fallback) await this.#call({ listener, event })
      else this.#drop(listener, event)
    }
  }

  /** The scope that a listener waits for the end of. */
  #scopeFor({ phase, dataSource }: Listener): Scope | undefined {
    if (phase === undefined) return undefined
    return openScope(this.#application.get(TRANSACTION_MANAGERS)?.get(dataSource)?.current)
  }

  /** Returns a promise only where the component has to be looked up now: after the end, its transaction's are gone. */
  #bind(scope: Scope, phase: HookPhase, message: Message): Promise<void> | undefined {
    const { label, order, registration } = message.listener
    const add = (component?: unknown): void => {
      scope.addHook(phase, outcome => this.#inPhase(phase, { ...message, component, outcome }), { order, label })
    }
    if (registration.scope === 'singleton') {
      add()
      return undefined
    }
    return this.#container.resolveRegistration(registration).then(add)
  }

  #inPhase(phase: HookPhase, message: Message): Promise<void> {
    return phase === 'beforeCommit' ? this.#call(message) : runDetached(() => this.#call(message))
  }

  #call(message: Message): Promise<void> {
    const { listener } = message
    const run = (): Promise<void> => delivering(listener.label, () => this.#invoke(message))
    return ambientApplication() === this.#application ? run() : runInApplication(this.#application, run)
  }

  async #invoke({ listener, event, component, outcome }: Message): Promise<void> {
    const target = (component ?? (await this.#container.resolveRegistration(listener.registration))) as Listening
    const method = target[listener.member]
    // An object that replaces the component in a test need not have all of its methods.
    if (typeof method !== 'function') this.#logger.info(`${listener.label} is not there to be called: it was replaced.`)
    else await (listener.phase === 'afterCompletion' ? method.call(target, event, outcome) : method.call(target, event))
  }

  #drop({ label, phase, dataSource }: Listener, event: object): void {
    this.#logger.info(
      `${nameOf(event)} was published where no transaction is active on '${dataSource}': ${label} (${String(phase)}) was not ` +
        'called. Publish it in a transaction, or give the listener fallback: true.',
    )
  }
}

/** An event on its way to a listener. */
interface Message {
  readonly listener: Listener
  readonly event: object
  /** Where it had to be looked up when the event was published. */
  readonly component?: unknown
  readonly outcome?: TransactionOutcome
}

type Listening = Readonly<Record<string | symbol, ((...args: readonly unknown[]) => unknown) | undefined>>

/** What listeners are found by; plain objects and primitives have no class to be found by. */
function prototypeOf(event: unknown): object {
  const prototype: unknown = typeof event === 'object' && event !== null ? Object.getPrototypeOf(event) : null
  if (typeof prototype === 'object' && prototype !== null && !CLASSLESS.has(prototype)) return prototype
  throw new EventPublicationError('AMBIT_EVENT_NO_CLASS', {
    what: `${kindOf(event)} was published; listeners are found by an event's class.`,
    where: 'publish()',
    next: 'Publish an object of a class of your own: publish(new OrderPlaced(id)).',
  })
}

const CLASSLESS: ReadonlySet<unknown> = new Set([Object.prototype, Array.prototype, Promise.prototype])

function kindOf(event: unknown): string {
  if (event === null || event === undefined) return String(event)
  if (Array.isArray(event)) return 'An array'
  if (event instanceof Promise) return 'A promise'
  return typeof event === 'object' ? 'A plain object' : `A ${typeof event}`
}

function nameOf(event: object): string {
  return event.constructor.name
}
