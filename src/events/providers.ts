import type { ApplicationContext } from '../core/applications'
import type { Logger } from '../core/logger'
import { Container, provide, type Provider } from '../di'
import { ApplicationEventPublisher } from './application-event-publisher'
import { EVENT_PUBLISHER, EventPublisher } from './event-publisher'

/** What every application can inject to publish events. */
export function eventProviders(application: ApplicationContext, logger: Logger): readonly Provider[] {
  return [
    provide(EventPublisher, {
      inject: [Container],
      useFactory: container => {
        const publisher = new ApplicationEventPublisher({ container, application, logger })
        application.set(EVENT_PUBLISHER, publisher)
        return publisher
      },
    }),
  ]
}
