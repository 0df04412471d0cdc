import { AmbitError, type CatalogueEntry } from '../core/ambit-error'

/** Errors of interceptors and of the methods that they stand around. */
export const INTERCEPTION_ERRORS = {
  AMBIT_INTERCEPTION_DECLARATION: {
    thrownAs: 'InvalidInterceptionError',
    meaning:
      'A method cannot be intercepted as declared: it is no method, or what should intercept it is no interceptor.',
  },
  AMBIT_INTERCEPTION_UNRESOLVED: {
    thrownAs: 'InvalidInterceptionError',
    meaning: 'An interceptor that a method uses is no component of the application, or several fit.',
  },
  AMBIT_INTERCEPTION_ORDER: {
    thrownAs: 'InvalidInterceptionError',
    meaning: 'An interceptor cannot stand on the side of the transaction on which its order puts it.',
  },
  AMBIT_INTERCEPTION_SCOPE: {
    thrownAs: 'InvalidInterceptionError',
    meaning: 'An interceptor that lives for one transaction stands where there is none.',
  },
  AMBIT_INTERCEPTION_ASYNC: {
    thrownAs: 'InvalidInterceptionError',
    meaning: 'An asynchronous interceptor stands around a method whose callers do not wait: they would get a promise.',
  },
} as const satisfies Record<`AMBIT_INTERCEPTION_${string}`, CatalogueEntry>

export type InterceptionErrorCode = keyof typeof INTERCEPTION_ERRORS

/** A method cannot be intercepted as it is declared. Found when the class is defined, at start-up, or at the first call. */
export class InvalidInterceptionError extends AmbitError<InterceptionErrorCode> {}
