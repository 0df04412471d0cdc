import { memberName } from '../../core/member-name'
import { type Class, inheritedMetadata, MetadataKey, ownMetadata, setMetadata } from '../../core/metadata'
import { refuseStandardDecorator } from '../../di'
import { InvalidHealthCheckError } from '../errors'
import { oneOf, type OptionCheck, refuseOptions } from '../../core/option-checks'
import { MILLISECONDS } from '../option-checks'
import { HEALTH_KINDS, type HealthAnswer, type HealthKind } from './health-indicator'

/** Options of `@HealthCheck()`. */
export interface HealthCheckOptions {
  /** Its name in the answer. Default: `Class.method`. */
  readonly name?: string
  /** What it speaks for. Default `'readiness'`. */
  readonly kind?: HealthKind
  /** When it counts as down, and its signal is aborted. Milliseconds, default 1,000. */
  readonly timeoutMs?: number
}

/** A decorator of a method that takes at most a signal. */
export type HealthCheckDecorator = <M extends (signal: AbortSignal) => HealthAnswer | Promise<HealthAnswer>>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void

/** One `@HealthCheck()` method. */
export interface CheckedMethod {
  readonly method: string | symbol
  readonly options: HealthCheckOptions
}

const CHECKS = new MetadataKey<readonly CheckedMethod[]>('health checks')

/**
 * Makes a method of a singleton a health check: `app.health()` calls it, and what it returns says how things are.
 *
 * @example
 * import { HealthCheck, Service } from 'ambit'
 *
 * @Service()
 * class ImportQueue {
 *   @HealthCheck()
 *   backlog(): { status: 'up' | 'down'; details: { waiting: number } } {
 *     return { status: this.waiting < 10_000 ? 'up' : 'down', details: { waiting: this.waiting } }
 *   }
 * }
 *
 * @throws InvalidHealthCheckError `AMBIT_HEALTH_CHECK` where it stands elsewhere, or has options that do not exist
 */
export function HealthCheck(options: HealthCheckOptions = {}, ...none: readonly []): HealthCheckDecorator {
  const given: readonly unknown[] = none // a prototype, which looks like options, comes with a name
  if (given.length > 0) throw withoutParentheses()
  return (target, method, descriptor: PropertyDescriptor | undefined) => {
    refuseStandardDecorator('@HealthCheck', method)
    const where = memberName(target, method)
    if (typeof target === 'function' || typeof descriptor?.value !== 'function') throw notAMethod(where)
    checkHealthOptions(where, options)
    const owner = target.constructor as Class // a prototype's constructor is its class
    setMetadata(owner, CHECKS, [...(ownMetadata(owner, CHECKS) ?? []), Object.freeze({ method, options })])
  }
}

/** The checked methods of a class, those of its bases first; one that a subclass declares again counts once, as there. */
export function checkedMethods(target: Class): readonly CheckedMethod[] {
  if (inheritedMetadata(target, CHECKS) === undefined) return []
  const base = Object.getPrototypeOf(target) as Class | null
  const own = ownMetadata(target, CHECKS) ?? []
  const inherited = base === null ? [] : checkedMethods(base)
  return [...inherited.filter(({ method }) => !own.some(each => each.method === method)), ...own]
}

/** @throws InvalidHealthCheckError `AMBIT_HEALTH_CHECK` */
export function checkHealthOptions(where: string, options: unknown): void {
  const refusal = refuseOptions(options, OPTIONS)
  if (refusal === undefined) return
  const text = { what: `The health check ${where} ${refusal.problem}.`, where, next: refusal.next }
  throw new InvalidHealthCheckError('AMBIT_HEALTH_CHECK', text)
}

function notAMethod(where: string): InvalidHealthCheckError {
  return new InvalidHealthCheckError('AMBIT_HEALTH_CHECK', {
    what: '@HealthCheck cannot stand there.',
    where,
    next: 'Put it on a method that is not static.',
  })
}

function withoutParentheses(): InvalidHealthCheckError {
  return new InvalidHealthCheckError('AMBIT_HEALTH_CHECK', {
    what: '@HealthCheck was used without parentheses.',
    next: 'Write @HealthCheck().',
  })
}

const OPTIONS = {
  name: { expected: 'a text', accepts: value => typeof value === 'string' && value !== '' },
  kind: oneOf(HEALTH_KINDS),
  timeoutMs: MILLISECONDS,
} as const satisfies Record<keyof HealthCheckOptions, OptionCheck>
