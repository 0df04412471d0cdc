import { didYouMean } from '../core/near-misses'
import { EventPublicationError } from './errors'

/** What becomes of the error of a listener that is called while its event is published. */
export const LISTENER_ERRORS = ['throw', 'report'] as const

/** Options of `publish()`. */
export interface PublishOptions {
  /**
   * `'throw'` (default): the first error is the publisher's, and keeps the listeners behind it from the event. `'report'`: every
   * listener is called, and errors go to `bootstrap({ onError })` and the log.
   */
  readonly onError?: (typeof LISTENER_ERRORS)[number]
}

/**
 * Whether errors of listeners are reported, not thrown.
 *
 * @throws EventPublicationError `AMBIT_EVENT_OPTIONS`
 */
export function reportsErrors(options: unknown): boolean {
  if (options === undefined) return false
  if (typeof options !== 'object' || options === null) throw invalid('were no object', '')
  const stray = Object.keys(options).find(name => name !== 'onError')
  if (stray !== undefined) throw invalid(`have no '${stray}'`, didYouMean(stray, ['onError']))
  const { onError = 'throw' } = options as { readonly onError?: unknown }
  if (onError === 'throw' || onError === 'report') return onError === 'report'
  throw invalid("had a wrong 'onError'", typeof onError === 'string' ? didYouMean(onError, LISTENER_ERRORS) : '')
}

function invalid(problem: string, meant: string): EventPublicationError {
  return new EventPublicationError('AMBIT_EVENT_OPTIONS', {
    what: `The options of publish() ${problem}; nobody was called.`,
    where: 'publish()',
    next: `${meant}Give { onError: 'throw' } or { onError: 'report' }, or no options.`,
  })
}
