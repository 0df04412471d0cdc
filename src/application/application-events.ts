import type { AmbitError } from '../core/ambit-error'
import type { ApplicationContext } from '../core/applications'
import type { Logger } from '../core/logger'
import type { Container, Provider, Registration } from '../di'
import { EVENT_PUBLISHER, EventPublisher } from '../events/event-publisher'
import { listenerProblems } from '../events/listener-problems'
import { DEFAULT_EVENT_QUEUE_SIZE, PostedEvents } from '../events/posted-events'
import { eventProviders } from '../events/providers'

/** What the events of an application work with. */
export interface EventParts {
  readonly application: ApplicationContext
  readonly logger: Logger
  /** How many posted events may wait. */
  readonly size?: number | undefined
  /** Is told errors that have no caller. */
  readonly report: (error: Error) => void
}

/** The events of an application: its publisher, and the queue of what was posted. */
export class ApplicationEvents {
  readonly posted: PostedEvents
  /** The publisher that every application has to inject. */
  readonly providers: readonly Provider[]
  readonly #application: ApplicationContext

  constructor({ application, logger, size = DEFAULT_EVENT_QUEUE_SIZE, report }: EventParts) {
    this.#application = application
    this.posted = new PostedEvents({ application, size, report })
    this.providers = eventProviders({ application, logger, posted: this.posted, report })
  }

  /** What is wrong with the listeners of all components; builds nothing. */
  static problems(registrations: readonly Registration[], dataSources: readonly string[]): readonly AmbitError[] {
    return listenerProblems(registrations, dataSources)
  }

  /** Whether a class or token would stand for the publisher. */
  static isPublisher(token: unknown): boolean {
    return token === EventPublisher || (typeof token === 'function' && token.prototype instanceof EventPublisher)
  }

  /** Publishes by the publisher that is injected: a test may have put another in its place, which may have to be waited for. */
  async start(container: Container): Promise<void> {
    this.#application.set(EVENT_PUBLISHER, await container.resolve(EventPublisher))
    this.posted.start()
  }
}
