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
  AMBIT_EVENT_NO_CLASS: {
    thrownAs: 'EventPublicationError',
    meaning: 'What was published is no object of a class, so no listener could ever be found for it.',
  },
  AMBIT_EVENT_DEPTH: {
    thrownAs: 'EventPublicationError',
    meaning: 'Listeners kept publishing events inside each other without end.',
  },
  AMBIT_EVENT_NOT_READY: {
    thrownAs: 'EventPublicationError',
    meaning: 'publish() was called while the application was still building the components that listen.',
  },
} as const satisfies Record<`AMBIT_EVENT_${string}`, CatalogueEntry>

export type EventErrorCode = keyof typeof EVENT_ERRORS

/** A method cannot listen for events as it is declared. Found when the class is defined, or at start-up. */
export class InvalidEventListenerError extends AmbitError<EventErrorCode> {}

/** An event could not be published. No listener was called for it. */
export class EventPublicationError extends AmbitError<EventErrorCode> {}
