import { memberName } from '../../core/member-name'
import type { Class } from '../../core/metadata'
import type { InvalidComponentError } from '../errors'
import { type HookPhase, recordHook } from '../lifecycle/hooks'
import { misplacedDecorator, refuseStandardDecorator, refuseWithoutParentheses } from './decorator-use'

/** A decorator of a method that takes no more than `Arguments`. */
export type HookDecorator<Arguments extends readonly unknown[] = []> = <M extends (...args: Arguments) => unknown>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void

/** What a component that lives for a transaction is told at its end; `undefined` for one that lives as long as the container. */
export type DestroyOutcome = 'committed' | 'rolled-back' | 'unknown' | undefined

/**
 * Has the container call a method once everything that the component needs is ready, and before anything that needs the
 * component is built. A promise is awaited; a failure stops the start.
 *
 * @example
 * import { Component, PostConstruct } from 'ambit'
 *
 * @Component()
 * class Rates {
 *   @PostConstruct()
 *   async load(): Promise<void> { this.table = await fetchRates() }
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it stands elsewhere, or without parentheses
 */
export function PostConstruct(...none: readonly []): HookDecorator {
  return hookDecorator('@PostConstruct', 'post-construct', none)
}

/**
 * Has the container call a method when it closes: after everything that needs the component has been disposed of, and before
 * what the component itself needs. A promise is awaited; a failure does not keep the other components from their turn.
 *
 * What lives for a transaction is disposed of when that is over, behind its hooks, and is told how it ended.
 *
 * @example
 * import { Component, PreDestroy } from 'ambit'
 *
 * @Component()
 * class Poller {
 *   @PreDestroy()
 *   stop(): void { clearInterval(this.timer) }
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR` when it stands elsewhere, or without parentheses
 */
export function PreDestroy(...none: readonly []): HookDecorator<[outcome: DestroyOutcome]> {
  return hookDecorator('@PreDestroy', 'pre-destroy', none)
}

function hookDecorator(decorator: string, phase: HookPhase, given: readonly unknown[]): HookDecorator {
  refuseWithoutParentheses(decorator, given)
  return (target, method, descriptor: PropertyDescriptor | undefined) => {
    refuseStandardDecorator(decorator, method)
    const body: unknown = descriptor?.value
    if (typeof target === 'function' || typeof body !== 'function') throw notAMethod(decorator, target, method)
    if (body.length > PARAMETERS[phase]) throw withParameters(decorator, target, method, phase)
    recordHook(target.constructor as Class, phase, method) // a prototype's constructor is its class
  }
}

function notAMethod(decorator: string, target: object, method: string | symbol): InvalidComponentError {
  return misplacedDecorator(decorator, memberName(target, method), 'Put it on a method that is not static.')
}

function withParameters(
  decorator: string,
  target: object,
  method: string | symbol,
  phase: HookPhase,
): InvalidComponentError {
  const kept = PARAMETERS[phase] === 0 ? 'the parameters' : 'all parameters but the outcome'
  const next = `Remove ${kept}: dependencies come through the constructor.`
  return misplacedDecorator(decorator, memberName(target, method), next)
}

const PARAMETERS = { 'post-construct': 0, 'pre-destroy': 1 } as const satisfies Record<HookPhase, number>
