import { memberName } from '../core/member-name'
import type { Class } from '../core/metadata'
import { refuseStandardDecorator } from '../di'
import type { HookPhase, TransactionOutcome } from '../tx/hooks'
import { InvalidEventListenerError } from './errors'
import { type ListenerRecord, recordListener } from './listener-declaration'
import type { ListenerDecoratorName } from './listener-options'

/** A decorator of a method whose first parameter takes an event `E`. */
export type EventListenerDecorator<E> = <M extends (event: E) => unknown>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void

/** As {@link EventListenerDecorator}; an `afterCompletion` listener may also take the outcome. */
export type TransactionalEventListenerDecorator<E> = <
  M extends (event: E, outcome: TransactionOutcome | undefined) => unknown,
>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void

/** The decorator that records a listener on the class of its method. */
export function listenerDecorator(record: Omit<ListenerRecord, 'member'>): TransactionalEventListenerDecorator<never> {
  const { decorator, phase } = record
  return (target, member, descriptor: PropertyDescriptor | undefined) => {
    refuseStandardDecorator(decorator, member)
    const where =
      typeof target === 'function' && typeof member === 'undefined' ? target.name : memberName(target, member)
    const body: unknown = descriptor?.value
    if (typeof target === 'function' || typeof body !== 'function') throw notAMethod(decorator, where)
    if (body.length > parametersOf(phase)) throw tooManyParameters(decorator, where, phase)
    // A prototype's constructor is its class.
    if (!recordListener(target.constructor as Class, { ...record, member })) throw declaredTwice(where)
  }
}

/** Refuses `@EventListener` without its parentheses, which is handed the target at once. */
export function refuseBareUse(decorator: ListenerDecoratorName, rest: readonly unknown[]): void {
  if (rest.length === 0) return
  refuseStandardDecorator(decorator, rest[0])
  throw new InvalidEventListenerError('AMBIT_EVENT_LISTENER', {
    what: `${decorator} was used without parentheses.`,
    where: String(rest[0]),
    next: `Write ${decorator}().`,
  })
}

function parametersOf(phase: HookPhase | undefined): number {
  return phase === 'afterCompletion' ? 2 : 1
}

function notAMethod(decorator: string, where: string): InvalidEventListenerError {
  return new InvalidEventListenerError('AMBIT_EVENT_LISTENER', {
    what: `${decorator} stands on ${where}, which is no method of the class's objects.`,
    where,
    next: 'Put it on a method that is not static.',
  })
}

function tooManyParameters(decorator: string, where: string, phase: HookPhase | undefined): InvalidEventListenerError {
  const taken = parametersOf(phase) === 2 ? 'the event and the outcome' : 'the event'
  return new InvalidEventListenerError('AMBIT_EVENT_LISTENER', {
    what: `${where} takes more parameters than ${decorator} has to give.`,
    where,
    next: `Leave ${taken}: dependencies come through the constructor.`,
  })
}

function declaredTwice(where: string): InvalidEventListenerError {
  return new InvalidEventListenerError('AMBIT_EVENT_LISTENER', {
    what: `${where} is declared as a listener twice.`,
    where,
    next: 'Keep one decorator; a second phase or event needs a method of its own.',
  })
}
