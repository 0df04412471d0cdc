import { Container, provide, type Provider } from '../di'
import { ApplicationEventPublisher, type PublisherParts } from './application-event-publisher'
import { EVENT_PUBLISHER, EventPublisher } from './event-publisher'

/** What every application can inject to publish events. */
export function eventProviders(parts: Omit<PublisherParts, 'container'>): readonly Provider[] {
  const { application } = parts
  return [
    provide(EventPublisher, {
      inject: [Container],
      useFactory: container => {
        const publisher = new ApplicationEventPublisher({ ...parts, container })
        // That of a nested container is its own business.
        if (application.get(EVENT_PUBLISHER) === undefined) application.set(EVENT_PUBLISHER, publisher)
        return publisher
      },
    }),
  ]
}
