import type { AmbitError } from '../core/ambit-error'
import type { Class } from '../core/metadata'
import type { Registration } from '../di'
import { memberPropagation } from '../tx/member-propagation'
import type { Propagation } from '../tx/propagation'
import { unknownDataSource } from '../tx/transaction-managers'
import { InvalidEventListenerError } from './errors'
import { eventClassOf, type EventClassRefusal } from './event-class'
import { registeredClass } from '../di/registered-class'
import { type ListenerDeclaration, listenersOf } from './listener-declaration'

/** What is wrong with the listeners of all components, where only the start can tell; builds nothing. */
export function listenerProblems(
  registrations: readonly Registration[],
  dataSources: readonly string[],
): readonly AmbitError[] {
  return registrations.flatMap(registration => {
    const target = registeredClass(registration)
    if (target === undefined) return []
    return listenersOf(target).flatMap(listener => problemsOf({ registration, target, listener }, dataSources))
  })
}

interface Site {
  readonly registration: Registration
  readonly target: Class
  readonly listener: ListenerDeclaration
}

function problemsOf(site: Site, dataSources: readonly string[]): readonly AmbitError[] {
  const { listener } = site
  const where = `${site.target.name}.${String(listener.member)}`
  const found = eventClassOf(listener)
  const known = listener.phase === undefined || dataSources.includes(listener.dataSource)
  return [
    ...('refusal' in found ? [unknownEvent(listener, where, found.refusal)] : []),
    ...(known ? [] : [unknownDataSource(listener.dataSource, where, dataSources)]),
    ...joinsTheFinished(site, where),
    ...fallsBackToNothing(site, where),
  ]
}

/** After the end there is nothing to join: who declares that has something else in mind than what would happen. */
function joinsTheFinished({ target, listener }: Site, where: string): readonly AmbitError[] {
  const { phase, member } = listener
  const propagation = memberPropagation(target, member)
  if (phase === undefined || phase === 'beforeCommit' || propagation === undefined || !JOINS[propagation]) return []
  return [
    new InvalidEventListenerError('AMBIT_EVENT_FINISHED_TRANSACTION', {
      what: `${where} runs ${MOMENTS[phase]} of a transaction, but its @Transactional (${propagation}) asks for that transaction.`,
      where,
      next: "Give it propagation 'REQUIRES_NEW' for a transaction of its own, 'NOT_SUPPORTED' for none, or listen in phase 'beforeCommit'.",
    }),
  ]
}

/** Without a transaction there is no component of a transaction either. */
function fallsBackToNothing({ registration, listener }: Site, where: string): readonly AmbitError[] {
  if (registration.scope !== 'transaction' || listener.fallback !== true || listener.dataSource !== 'default') return []
  return [
    new InvalidEventListenerError('AMBIT_EVENT_LISTENER', {
      what: `${where} has fallback: true, but its component lives for a transaction: without one there is nobody to call.`,
      where,
      next: 'Remove fallback, or make the component a singleton.',
    }),
  ]
}

function unknownEvent(
  { decorator }: ListenerDeclaration,
  where: string,
  refusal: EventClassRefusal,
): InvalidEventListenerError {
  const { what, next } = REFUSALS[refusal]
  return new InvalidEventListenerError('AMBIT_EVENT_LISTENER', {
    what: `${where} cannot listen: ${what}.`,
    where,
    next: next.replace('@', decorator),
  })
}

const EXPLICIT = 'Name the class: @({ event: OrderPlaced }).'

const REFUSALS = {
  'no class': {
    what: 'its option event answers no class of events (undefined usually means that two files import each other)',
    next: 'Write event: OrderPlaced, or event: () => OrderPlaced with a class that is exported and loaded.',
  },
  'no metadata': {
    what: 'this build emits no metadata, so the class of its events is not known',
    next: EXPLICIT,
  },
  'no parameter': {
    what: 'it has no parameter that would say which events it is for',
    next: EXPLICIT,
  },
  erased: {
    what: 'its first parameter is of a type that has no class at run time (an interface, a union, or an import of the type only)',
    next: EXPLICIT,
  },
  'other parameter': {
    what: 'its option event names a class whose objects its parameter does not take',
    next: 'Let the two agree: drop the option event, or give the parameter that class.',
  },
} as const satisfies Record<EventClassRefusal, { readonly what: string; readonly next: string }>

/** Which modes mean the transaction that is there, and so the one that has just ended. */
const JOINS = {
  REQUIRED: true,
  SUPPORTS: true,
  MANDATORY: true,
  NESTED: true,
  REQUIRES_NEW: false,
  NOT_SUPPORTED: false,
  NEVER: false,
} as const satisfies Record<Propagation, boolean>

const MOMENTS = {
  afterCommit: 'after the commit',
  afterRollback: 'after the rollback',
  afterCompletion: 'after the end',
} as const
