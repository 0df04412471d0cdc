import { EventPublicationError } from './errors'

/** What listeners are found by; plain objects and primitives have no class to be found by. */
export function prototypeOf(event: unknown, where: string): object {
  const prototype: unknown = typeof event === 'object' && event !== null ? Object.getPrototypeOf(event) : null
  if (typeof prototype === 'object' && prototype !== null && !CLASSLESS.has(prototype)) return prototype
  throw new EventPublicationError('AMBIT_EVENT_NO_CLASS', {
    what: `${kindOf(event)} was published; listeners are found by an event's class.`,
    where: `${where}()`,
    next: `Publish an object of a class of your own: ${where}(new OrderPlaced(id)).`,
  })
}

/** The name of an event's class. */
export function nameOf(event: object): string {
  return event.constructor.name
}

const CLASSLESS: ReadonlySet<unknown> = new Set([Object.prototype, Array.prototype, Promise.prototype])

function kindOf(event: unknown): string {
  if (event === null || event === undefined) return String(event)
  if (Array.isArray(event)) return 'An array'
  if (event instanceof Promise) return 'A promise'
  return typeof event === 'object' ? 'A plain object' : `A ${typeof event}`
}
