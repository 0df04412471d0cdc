import { type Class, emittedParameterTypes } from '../core/metadata'
import { refusalOf } from '../di/injection/refused-types'
import { isConstructor } from '../di/token'
import type { ListenerDeclaration } from './listener-declaration'

/** Why the class of a listener's events is not known. */
export type EventClassRefusal = 'no class' | 'no metadata' | 'no parameter' | 'erased' | 'other parameter'

/** The class whose events a listener is called with, its subclasses included; or why it cannot be known. */
export function eventClassOf(
  listener: ListenerDeclaration,
): { readonly event: Class } | { readonly refusal: EventClassRefusal } {
  const parameters = emittedParameterTypes(listener.owner.prototype as object, listener.member)
  if (listener.event === undefined) return classOfParameter(parameters)
  const event = isConstructor(listener.event) ? listener.event : (listener.event as () => unknown)()
  if (!isEventClass(event)) return { refusal: 'no class' }
  const [parameter] = parameters ?? []
  return isEventClass(parameter) && !isSameOrBase(parameter, event) ? { refusal: 'other parameter' } : { event }
}

function classOfParameter(
  parameters: readonly unknown[] | undefined,
): { readonly event: Class } | { readonly refusal: EventClassRefusal } {
  if (parameters === undefined) return { refusal: 'no metadata' }
  if (parameters.length === 0) return { refusal: 'no parameter' }
  const [event] = parameters
  return isEventClass(event) ? { event } : { refusal: 'erased' }
}

/** Compilers emit `Object` and its kin for types that have no class of their own at run time. */
export function isEventClass(value: unknown): value is Class {
  return isConstructor(value) && refusalOf(value) === undefined
}

function isSameOrBase(base: Class, event: Class): boolean {
  return base === event || Object.prototype.isPrototypeOf.call(base.prototype as object, event.prototype as object)
}
