import { resolveApplication, runInApplication } from '../core/applications'
import { publish } from '../events'
import { afterRollback, currentTransaction } from '../tx/functions'
import { type DomainEventSource, isDomainEventSource, restoreDomainEvents } from './aggregate-root'
import { DomainEventError } from './errors'
import { repositoryDefinition } from './repository-definition'

/** Events of an object that a repository has written. */
interface SourceEvents {
  readonly source: DomainEventSource
  readonly events: readonly object[]
}

/**
 * Publishes what the objects given to a repository have to tell, one event after the other, and has them forget it;
 * `undefined` where nobody has anything to tell. Called in the repository's transaction, behind the write.
 *
 * @throws what a listener throws: the events stay; DomainEventError `AMBIT_REPOSITORY_EVENT_ADDED`
 */
export function publishDomainEvents(
  repository: object,
  given: readonly unknown[],
  label: string,
): Promise<void> | undefined {
  const sources = given.filter(isDomainEventSource)
  if (sources.length === 0) return undefined
  const told = sources.map(source => ({ source, events: [...source.domainEvents()] }))
  return runInApplication(resolveApplication(repository), () => publishAll(repository, told, label))
}

async function publishAll(repository: object, told: readonly SourceEvents[], label: string): Promise<void> {
  for (const { events } of told) for (const event of events) await publish(event)
  for (const { source, events } of told) {
    if (source.domainEvents().length !== events.length) throw added(source, label)
  }
  for (const { source } of told) source.clearDomainEvents()
  restoreOnRollback(repository, told)
}

/** A transaction that is tried again would otherwise have nothing to tell. */
function restoreOnRollback(repository: object, told: readonly SourceEvents[]): void {
  const { dataSource = 'default' } = repositoryDefinition(repository.constructor) ?? {}
  const some = told.filter(({ events }) => events.length > 0)
  if (some.length === 0 || currentTransaction(dataSource) === undefined) return
  afterRollback(
    () => {
      for (const { source, events } of some) restoreDomainEvents(source, events)
    },
    { dataSource },
  )
}

/** Nobody would ever hear of it: the events are forgotten now. */
function added({ constructor }: object, where: string): DomainEventError {
  return new DomainEventError('AMBIT_REPOSITORY_EVENT_ADDED', {
    what: `A listener registered an event of ${constructor.name} while those of it were being published.`,
    where,
    next: 'Publish it in the listener itself, or change the entity and save it there.',
  })
}
