import { AmbitError, type CatalogueEntry } from '../core/ambit-error'

/** Errors of events and their listeners. */
export const EVENT_ERRORS = {
  AMBIT_EVENT_LISTENER: {
    thrownAs: 'InvalidEventListenerError',
    meaning:
      'A method cannot listen for events as declared: it is no method, an option is wrong, or no class of events is known.',
  },
  AMBIT_EVENT_FINISHED_TRANSACTION: {
    thrownAs: 'InvalidEventListenerError',
    meaning: 'A listener that runs after the end of a transaction is declared to join it.',
  },
  AMBIT_EVENT_SUBSCRIPTION: {
    thrownAs: 'InvalidEventListenerError',
    meaning:
      'A function cannot be subscribed: no class of events or no function was given, an option is wrong, or it is subscribed already with other options.',
  },
  AMBIT_EVENT_NO_CLASS: {
    thrownAs: 'EventPublicationError',
    meaning: 'What was published is no object of a class, so no listener could ever be found for it.',
  },
  AMBIT_EVENT_OPTIONS: {
    thrownAs: 'EventPublicationError',
    meaning: 'publish() was given options that are wrong.',
  },
  AMBIT_EVENT_QUEUE_FULL: {
    thrownAs: 'EventPublicationError',
    meaning: 'An event was posted while as many wait to be delivered as may wait; it was not taken.',
  },
  AMBIT_EVENT_UNDELIVERED: {
    thrownAs: 'EventPublicationError',
    meaning: 'An application closed before all posted events were delivered; a failure of the close, and reported.',
  },
  AMBIT_EVENT_DELIVERY: {
    thrownAs: 'EventDeliveryError',
    meaning:
      "A listener failed where nobody waits for it: its event was posted, or published with onError: 'report'; reported to the error listener, never thrown.",
  },
  AMBIT_EVENT_DEPTH: {
    thrownAs: 'EventPublicationError',
    meaning: 'Listeners kept publishing events inside each other without end.',
  },
  AMBIT_EVENT_DROPPED: {
    thrownAs: 'EventPublicationError',
    meaning:
      'A listener of a commit was not called, because the event was published where no transaction is active; reported to the error listener, never thrown.',
  },
  AMBIT_EVENT_NOT_READY: {
    thrownAs: 'EventPublicationError',
    meaning: 'publish() was called while the application was still building the components that listen.',
  },
} as const satisfies Record<`AMBIT_EVENT_${string}`, CatalogueEntry>

export type EventErrorCode = keyof typeof EVENT_ERRORS

/** A method cannot listen for events as it is declared. Found when the class is defined, or at start-up. */
export class InvalidEventListenerError extends AmbitError<EventErrorCode> {}

/** An event could not be published, and no listener was called for it; or one was not, for want of a transaction. */
export class EventPublicationError extends AmbitError<EventErrorCode> {}

/** A listener failed, and its error had no caller: for `bootstrap({ onError })` and the log; `cause` is what it threw. */
export class EventDeliveryError extends AmbitError<EventErrorCode> {
  constructor(
    /** `'Mail.confirm'`. */
    readonly listener: string,
    /** The name of the event's class. */
    readonly event: string,
    cause: unknown,
  ) {
    super(
      'AMBIT_EVENT_DELIVERY',
      {
        what: `${listener} failed with an event of ${event}.`,
        where: listener,
        next: 'See the cause; the publisher and the other listeners were not told.',
      },
      { cause },
    )
  }
}
