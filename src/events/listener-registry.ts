import type { Class } from '../core/metadata'
import type { Registration } from '../di'
import { eventClassOf } from './event-class'
import { listenerClass } from './listener-class'
import { type ListenerDeclaration, listenersOf } from './listener-declaration'

/** A listener of one registered component. */
export interface Listener extends ListenerDeclaration {
  readonly registration: Registration
  /** `Mail.confirm`, for messages. */
  readonly label: string
  readonly eventClass: Class
}

/** All listeners of an application, by the classes of the events that are really published. */
export class ListenerRegistry {
  readonly #listeners: readonly Listener[]
  /** By the prototype of an event, held weakly: classes may be made, and go, while the application runs. */
  readonly #byPrototype = new WeakMap<object, readonly Listener[]>()

  /** Of registrations without `listenerProblems`, in their order. */
  constructor(registrations: readonly Registration[]) {
    this.#listeners = registrations.flatMap(listenersIn).sort((left, right) => compare(orderOf(left), orderOf(right)))
  }

  /** The listeners for an event of that prototype, those for its base classes included, in their order. */
  of(prototype: object): readonly Listener[] {
    const known = this.#byPrototype.get(prototype)
    if (known !== undefined) return known
    const found = this.#listeners.filter(({ eventClass }) => isOf(prototype, eventClass))
    this.#byPrototype.set(prototype, found)
    return found
  }
}

function listenersIn(registration: Registration): readonly Listener[] {
  const target = listenerClass(registration)
  if (target === undefined) return []
  return listenersOf(target).flatMap(declaration => {
    const found = eventClassOf(declaration)
    if ('refusal' in found) return []
    const label = `${target.name}.${String(declaration.member)}`
    return { ...declaration, registration, label, eventClass: found.event }
  })
}

/** By prototypes, since a class may answer `instanceof` as it likes. */
function isOf(prototype: object, { prototype: wanted }: Class): boolean {
  return prototype === wanted || Object.prototype.isPrototypeOf.call(wanted as object, prototype)
}

function orderOf({ order = Infinity }: Listener): number {
  return order
}

/** By subtraction two infinities would not be equal. */
function compare(left: number, right: number): number {
  return left === right ? 0 : left < right ? -1 : 1
}
