import {
  Component,
  currentTransaction,
  EventListener,
  type EventPublisher,
  TransactionalEventListener,
  type TransactionOutcome,
} from 'ambit'
import { NOTES } from '../acceptance/notes'

/** What is published; the name is read off in traces. */
export class Happened {
  constructor(readonly name = 'e') {}
}

/** Is delivered to those who listen for its base, too. */
export class HappenedAgain extends Happened {}

/** Its listeners have fallback: true. */
export class Urgent {
  constructor(readonly name = 'u') {}
}

export type Moment = 'published' | 'beforeCommit' | 'afterCommit' | 'afterRollback' | 'afterCompletion'

/** One listener of every kind, of which each notes its call and then does what the test asks of it. */
@Component()
export class Recorder {
  trace: string[] = []
  does: Partial<Record<Moment, (event: Happened | Urgent) => unknown>> = {}

  @EventListener()
  published(event: Happened): unknown {
    return this.#called('published', event)
  }

  @TransactionalEventListener({ phase: 'beforeCommit' })
  async before(event: Happened): Promise<void> {
    await this.#called('beforeCommit', event)
  }

  @TransactionalEventListener()
  async committed(event: Happened): Promise<void> {
    await this.#called('afterCommit', event)
  }

  @TransactionalEventListener({ phase: 'afterRollback' })
  rolledBack(event: Happened): unknown {
    return this.#called('afterRollback', event)
  }

  @TransactionalEventListener({ phase: 'afterCompletion' })
  async completed(event: Happened, outcome: TransactionOutcome | undefined): Promise<void> {
    await this.#called('afterCompletion', event, ` ${String(outcome)}`)
  }

  @TransactionalEventListener({ phase: 'beforeCommit', fallback: true })
  urgentBefore(event: Urgent): unknown {
    return this.#called('beforeCommit', event)
  }

  @TransactionalEventListener({ fallback: true })
  urgentCommitted(event: Urgent): unknown {
    return this.#called('afterCommit', event)
  }

  @TransactionalEventListener({ phase: 'afterRollback', fallback: true })
  urgentRolledBack(event: Urgent): unknown {
    return this.#called('afterRollback', event)
  }

  @TransactionalEventListener({ phase: 'afterCompletion', fallback: true })
  urgentCompleted(event: Urgent, outcome: TransactionOutcome | undefined): unknown {
    return this.#called('afterCompletion', event, ` ${String(outcome)}`)
  }

  reset(): void {
    this.trace = []
    this.does = {}
  }

  #called(moment: Moment, event: Happened | Urgent, more = ''): unknown {
    this.trace.push(`${event.name} ${moment}${more} ${currentTransaction() === undefined ? 'outside' : 'inside'}`)
    return this.does[moment]?.(event)
  }
}

export const RECORDED = { ...NOTES, components: [...NOTES.components, Recorder] }

/** Publishes by the application's own publisher. */
export type Publish = EventPublisher['publish']
