import { ContextKey, contextValue, runWithValue } from '../core/async-context'
import { EventPublicationError } from './errors'

/** One listener at work; what it still waits for counts as inside it. */
interface Delivery {
  readonly depth: number
  under: boolean
}

const deliveryKey = new ContextKey<Delivery>('event delivery', false)

/** As many as a transaction may have beforeCommit hooks: what goes deeper goes on for ever. */
const MAX_DEPTH = 100

/**
 * Runs a listener, and counts how many stand around it.
 *
 * Work that a listener started and did not wait for is no longer inside it: such a chain may go on for as long as it likes.
 *
 * @throws EventPublicationError `AMBIT_EVENT_DEPTH`
 */
export async function delivering(label: string, run: () => unknown): Promise<void> {
  const around = contextValue(deliveryKey)
  const delivery = { depth: around?.under === true ? around.depth + 1 : 1, under: true }
  if (delivery.depth > MAX_DEPTH) throw tooDeep(label)
  try {
    await runWithValue(deliveryKey, delivery, run)
  } finally {
    delivery.under = false
  }
}

function tooDeep(label: string): EventPublicationError {
  return new EventPublicationError('AMBIT_EVENT_DEPTH', {
    what: `More than ${MAX_DEPTH} listeners were at work inside each other when ${label} was to be called.`,
    where: label,
    next: 'Look for a listener that publishes, by way of others perhaps, the event it is called with.',
  })
}
