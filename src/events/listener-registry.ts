import type { Class } from '../core/metadata'
import type { Registration } from '../di'
import { eventClassOf } from './event-class'
import { registeredClass } from '../di/registered-class'
import { type ListenerDeclaration, listenersOf } from './listener-declaration'
import { type SubscribedListener, Subscriptions } from './subscription'

/** A listener of one registered component. */
export interface DeclaredListener extends ListenerDeclaration {
  readonly registration: Registration
  /** `Mail.confirm`, for messages. */
  readonly label: string
  readonly eventClass: Class
}

export type Listener = DeclaredListener | SubscribedListener

/** All listeners of an application, by the classes of the events that are really published. */
export class ListenerRegistry {
  readonly #declared: readonly DeclaredListener[]
  /** By the prototype of an event, held weakly: classes may be made, and go, while the application runs. */
  #byPrototype = new WeakMap<object, readonly Listener[]>()
  readonly subscriptions = new Subscriptions(() => {
    this.#byPrototype = new WeakMap()
  })

  /** Of registrations without `listenerProblems`, in their order. */
  constructor(registrations: readonly Registration[]) {
    this.#declared = registrations.flatMap(listenersIn)
  }

  /**
   * The listeners for an event of that prototype, those for its base classes included, in their order. Among those with the
   * same order, declared ones come before subscribed ones.
   */
  of(prototype: object): readonly Listener[] {
    const known = this.#byPrototype.get(prototype)
    if (known !== undefined) return known
    const all: readonly Listener[] = [...this.#declared, ...this.subscriptions.all]
    const found = all
      .filter(({ eventClass }) => isOf(prototype, eventClass))
      .sort((left, right) => compare(orderOf(left), orderOf(right)))
    this.#byPrototype.set(prototype, found)
    return found
  }
}

function listenersIn(registration: Registration): readonly DeclaredListener[] {
  const target = registeredClass(registration)
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
