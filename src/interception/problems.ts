import type { AmbitError } from '../core/ambit-error'
import { emittedFields } from '../core/emitted-fields'
import type { Class } from '../core/metadata'
import { isSelfBounded, type MethodLayers } from '../core/method-layers'
import { componentRecord, type Registration, tokenName } from '../di'
import { explainAbsence } from '../di/planning/absence'
import type { ContainerOutline } from '../di/container'
import { registeredClass } from '../di/registered-class'
import { ANY } from '../di/injection/selector'
import { returnsOf } from './intercepted-method'
import { interceptsAsync } from './intercepts-async'
import type { InterceptorClass } from './interception'
import { type MethodUse, methodUses } from './method-uses'
import { canBeOrder, isInsideTransaction, orderOf, TRANSACTION_ORDER } from './order'
import {
  ambiguous,
  asynchronousAround,
  insideQuery,
  keptApart,
  noClassAnswered,
  noLife,
  notAMethod,
  notAnInterceptor,
  notRegistered,
  noTransactionThere,
  wrongOrder,
} from './refusals'

/** What of a planned container the check of its interceptors needs. */
export type Outline = Pick<ContainerOutline, 'registrations' | 'index'>

/** What is wrong with the interceptors of all components, where only the start can tell; builds nothing. */
export function interceptionProblems({ registrations, index }: Outline): readonly AmbitError[] {
  const uses = [...usedClasses(registrations)].flatMap(target => methodUses(target))
  const distinct = [...new Map(uses.map(use => [use.interception, use])).values()]
  return [
    ...distinct.flatMap(declarationProblems),
    ...[...byType(distinct)].flatMap(([type, users]) => typeProblems(type, users, index)),
  ]
}

function usedClasses(registrations: readonly Registration[]): ReadonlySet<Class> {
  return new Set(registrations.flatMap(registration => registeredClass(registration) ?? []))
}

function byType(uses: readonly MethodUse[]): ReadonlyMap<InterceptorClass, readonly MethodUse[]> {
  const found = new Map<InterceptorClass, MethodUse[]>()
  for (const use of uses) {
    for (const type of use.types) if (type) found.set(type, [...(found.get(type) ?? []), use])
  }
  return found
}

function declarationProblems({ label, types, layers }: MethodUse): readonly AmbitError[] {
  if (layers === undefined) return [notAMethod(label)]
  return [
    ...(types.includes(undefined) ? [noClassAnswered(label)] : []),
    ...(isKeptApart(layers) ? [keptApart(label)] : []),
  ]
}

function typeProblems(
  type: InterceptorClass,
  users: readonly MethodUse[],
  index: ContainerOutline['index'],
): readonly AmbitError[] {
  const name = tokenName(type)
  const labels = users.map(({ label }) => label)
  const selection = index.select(type)
  if (selection.kind === 'missing') return [notRegistered(name, labels, absenceOf(type, index))]
  if (selection.kind === 'ambiguous') {
    const origins = selection.candidates.map(({ origin }) => origin)
    return [ambiguous(name, labels, origins)]
  }
  const registration = index.target(selection.blueprint)
  const implementation = registration.implementation ?? type
  if (registration.kind === 'class' && !hasIntercept(implementation)) return [notAnInterceptor(labels.join(', '), name)]
  if (registration.scope === 'prototype') return [noLife(labels.join(', '), name)]
  const order = orderOf(type)
  if (!canBeOrder(order)) return [wrongOrder(name, order)]
  return users.flatMap(use => placeProblems({ type, implementation, registration }, use))
}

/** Conditions have a reason of their own; all else is a class that was not listed. */
function absenceOf(type: InterceptorClass, index: ContainerOutline['index']): { why: string; next: string } {
  const { why, next } = explainAbsence(type, ANY, index)
  if (why !== '') return { why, next }
  const name = tokenName(type)
  const listed = `dd ${name} to bootstrap({ components }), or to the folders that it scans.`
  return { why, next: componentRecord(type) ? `A${listed}` : `Decorate ${name} with @Interceptor(), and a${listed}` }
}

interface Found {
  readonly type: InterceptorClass
  readonly implementation: Class
  readonly registration: Registration
}

/** What keeps an interceptor from standing around this very method. */
function placeProblems(found: Found, { label, interception, layers }: MethodUse): readonly AmbitError[] {
  if (layers === undefined) return []
  const name = tokenName(found.type)
  const returns = returnsOf(interception, layers)
  const waits = (returns === 'value' || returns === 'iterator') && interceptsAsync(found.implementation)
  const stray = isInsideTransaction(found.type) && isSelfBounded(layers.original)
  const side = sideWithoutTransaction(found, layers)
  return [
    ...(waits ? [asynchronousAround(label, name, returns)] : []),
    ...(stray ? [insideQuery(label, name)] : []),
    ...(side === undefined ? [] : [noTransactionThere(label, name, side)]),
  ]
}

/** Where an interceptor that lives for a transaction can find none, or only sometimes. */
function sideWithoutTransaction(
  { type, registration }: Found,
  { boundary }: MethodLayers,
): 'outside' | 'inside' | undefined {
  if (registration.scope !== 'transaction') return undefined
  const inside = isInsideTransaction(type)
  if (boundary?.transaction === 'begins' && !inside) return 'outside'
  return boundary?.transaction === 'none' && inside ? 'inside' : undefined
}

function hasIntercept(target: Class): boolean {
  const { intercept } = target.prototype as { readonly intercept?: unknown }
  return typeof intercept === 'function' || emittedFields(target, ['intercept']).initialised.length > 0
}

/** Whether something around a function of another library belongs inside something that this function has in it. */
function isKeptApart({ hidden, ...outer }: MethodLayers): boolean {
  if (hidden === undefined) return false
  return Math.max(...ordersOf(outer)) > Math.min(...ordersOf(hidden)) || isKeptApart(hidden)
}

function ordersOf({ interception, boundary }: Omit<MethodLayers, 'hidden'>): readonly number[] {
  const types = (interception?.types ?? []) as readonly (InterceptorClass | undefined)[] // ours are the only interceptions
  const orders = types.flatMap(type => (type === undefined ? [] : orderOf(type)))
  return boundary === undefined ? orders : [...orders, TRANSACTION_ORDER]
}
