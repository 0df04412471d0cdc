import { ambientApplication, type ApplicationContext, resolveApplication, runInApplication } from '../core/applications'
import { runDetached } from '../core/async-context'
import type { Logger } from '../core/logger'
import type { Container } from '../di'
import type { HookPhase, TransactionOutcome } from '../tx/hooks'
import { openScope } from '../tx/open-scope'
import type { Scope } from '../tx/scope'
import { TRANSACTION_MANAGERS } from '../tx/transaction-managers'
import type { Class } from '../core/metadata'
import { delivering } from './delivery'
import { EventDeliveryError, EventPublicationError } from './errors'
import { nameOf, prototypeOf } from './event-object'
import { EventPublisher } from './event-publisher'
import { type DeclaredListener, type Listener, ListenerRegistry } from './listener-registry'
import type { PostedEvents } from './posted-events'
import { type PublishOptions, reportsErrors } from './publish-options'
import { SubscribedListener, type SubscribeOptions, type Subscription } from './subscription'

/** What the publisher of an application works with. */
export interface PublisherParts {
  readonly container: Container
  readonly application: ApplicationContext
  readonly logger: Logger
  readonly posted: PostedEvents
  /** Is told errors that have no caller. */
  readonly report: (error: Error) => void
}

/** The publisher that every application has. */
export class ApplicationEventPublisher extends EventPublisher {
  readonly #container: Container
  readonly #application: ApplicationContext
  readonly #logger: Logger
  readonly #posted: PostedEvents
  readonly #report: (error: Error) => void
  readonly #registry: ListenerRegistry

  constructor({ container, application, logger, posted, report }: PublisherParts) {
    super()
    this.#container = container
    this.#application = application
    this.#logger = logger
    this.#posted = posted
    this.#report = report
    this.#registry = new ListenerRegistry(container.registrations)
  }

  /** Goes on without waiting as long as listeners are only bound, so that a promise nobody awaits misses no transaction. */
  async publish(event: object, options?: PublishOptions): Promise<void> {
    resolveApplication(this) // refuses once the application is closed
    const reports = reportsErrors(options)
    const listeners = this.#registry.of(prototypeOf(event, 'publish'))
    // Refused as a whole or not at all: late work calls nobody.
    for (const listener of listeners) this.#scopeFor(listener)
    for (const listener of listeners) {
      const scope = this.#scopeFor(listener)
      if (scope !== undefined && listener.phase !== undefined) {
        const wait = this.#bind(scope, listener.phase, { listener, event })
        if (wait !== undefined) await wait
      } else if (listener.phase === undefined || listener.fallback === true)
        await (reports ? this.#callReporting({ listener, event }) : this.#call({ listener, event }))
      else this.#drop(listener, event)
    }
  }

  post(event: object): void {
    resolveApplication(this)
    prototypeOf(event, 'post')
    this.#posted.add(nameOf(event), () => this.publish(event, { onError: 'report' }))
  }

  subscribe<E extends object>(
    event: Class<E>,
    listener: (event: E) => unknown,
    options?: SubscribeOptions,
  ): Subscription {
    resolveApplication(this)
    return this.#registry.subscriptions.add(event, listener, options).subscription
  }

  /** The scope that a listener waits for the end of. */
  #scopeFor(listener: Listener): Scope | undefined {
    if (listener.phase === undefined) return undefined
    return openScope(this.#application.get(TRANSACTION_MANAGERS)?.get(listener.dataSource)?.current)
  }

  /** Returns a promise only where the component has to be looked up now: after the end, its transaction's are gone. */
  #bind(scope: Scope, phase: HookPhase, message: Message<DeclaredListener>): Promise<void> | undefined {
    const { listener, event } = message
    const { label, order, registration } = listener
    const add = (component?: unknown): void => {
      scope.addHook(phase, outcome => this.#inPhase(phase, { listener, event, component, outcome }), { order, label })
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

  /** Listeners that publish inside each other for ever are the publisher's mistake: reported, they would only go on. */
  async #callReporting(message: Message): Promise<void> {
    try {
      await this.#call(message)
    } catch (error) {
      if (error instanceof EventPublicationError && error.code === 'AMBIT_EVENT_DEPTH') throw error
      this.#report(new EventDeliveryError(message.listener.label, nameOf(message.event), error))
    }
  }

  async #invoke({ listener, event, component, outcome }: Message): Promise<void> {
    if (listener instanceof SubscribedListener) {
      if (listener.take()) await listener.listener(event)
      return
    }
    const target = (component ?? (await this.#container.resolveRegistration(listener.registration))) as Listening
    const method = target[listener.member]
    // An object that replaces the component in a test need not have all of its methods.
    if (typeof method !== 'function') this.#logger.info(`${listener.label} is not there to be called: it was replaced.`)
    else await (listener.phase === 'afterCompletion' ? method.call(target, event, outcome) : method.call(target, event))
  }

  /** Nobody misses a rollback that was none; a mail behind a commit is lost, unless the declaration says that it may be. */
  #drop({ label, phase, dataSource, fallback }: DeclaredListener, event: object): void {
    const where = `where no transaction is active on '${dataSource}'`
    const what = `${nameOf(event)} was published ${where}: ${label} (${String(phase)}) was not called.`
    const environment = this.#application.get(TRANSACTION_MANAGERS)?.get(dataSource)?.environment
    const missed = fallback === undefined && (phase === 'beforeCommit' || phase === 'afterCommit')
    if (missed && environment !== undefined) environment.report(dropped(label, what))
    else this.#logger.info(`${what} ${PUBLISH_INSIDE}.`)
  }
}

function dropped(label: string, what: string): EventPublicationError {
  return new EventPublicationError('AMBIT_EVENT_DROPPED', {
    what,
    where: label,
    next: `${PUBLISH_INSIDE}, or fallback: false if it may miss such events.`,
  })
}

const PUBLISH_INSIDE = 'Publish it in a transaction, or give the listener fallback: true'

/** An event on its way to a listener. */
interface Message<L extends Listener = Listener> {
  readonly listener: L
  readonly event: object
  /** Where it had to be looked up when the event was published. */
  readonly component?: unknown
  readonly outcome?: TransactionOutcome
}

type Listening = Readonly<Record<string | symbol, ((...args: readonly unknown[]) => unknown) | undefined>>
