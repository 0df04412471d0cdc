import type { Class } from '../../core/metadata'
import type { Container, Registration } from '../../di'
import { isConstructor } from '../../di/token'
import { type CheckedMethod, checkedMethods, checkHealthOptions } from './health-check.decorator'
import { type HealthAnswer, HealthIndicator, type HealthKind } from './health-indicator'

/** One check, ready to be made. */
export interface Check {
  readonly name: string
  readonly kind: HealthKind
  readonly timeoutMs: number | undefined
  /** `undefined` where the component has not been built: asking would build it. */
  readonly run: ((signal: AbortSignal) => HealthAnswer | Promise<HealthAnswer>) | undefined
  /** Facts that are shown whatever it comes to. */
  readonly facts?: () => Readonly<Record<string, unknown>>
}

/**
 * The checks of all singletons, in the order of registration.
 *
 * @throws InvalidHealthCheckError `AMBIT_HEALTH_CHECK` where an indicator's fields are wrong
 */
export function componentChecks(container: Container): readonly Check[] {
  const seen = new Set<unknown>()
  return container.registrations.flatMap(registration => {
    const { kind, scope, implementation } = registration
    if (kind === 'alias' || scope !== 'singleton') return []
    const instance = container.builtInstance(registration)
    if (!isObject(instance)) return implementation === undefined ? [] : unbuilt(implementation)
    if (seen.has(instance)) return []
    seen.add(instance)
    return [...indicated(instance), ...marked(instance)]
  })
}

/** What cannot be checked at all: components that come and go while nobody is asked for them. */
export function misplacedChecks({ scope, implementation, origin }: Registration): readonly string[] {
  if (scope === 'singleton' || implementation === undefined || !hasChecks(implementation)) return []
  return [`${origin} has a health check and the scope '${scope}': only singletons are asked`]
}

function hasChecks(target: Class): boolean {
  return isIndicator(target) || checkedMethods(target).length > 0
}

function isIndicator(target: Class): boolean {
  return Object.prototype.isPrototypeOf.call(HealthIndicator, target)
}

function indicated(instance: object): readonly Check[] {
  if (!(instance instanceof HealthIndicator)) return []
  const { name = instance.constructor.name, kind = 'readiness', timeoutMs } = instance
  checkHealthOptions(instance.constructor.name, { name, kind, timeoutMs })
  return [{ name, kind, timeoutMs, run: signal => instance.check(signal) }]
}

function marked(instance: object): readonly Check[] {
  const { constructor: target } = instance as { readonly constructor?: unknown }
  if (!isConstructor(target)) return [] // an ES module, say, has no class
  return methodsOf(target).map(check => ({
    ...check,
    run: signal => (instance as Readonly<Record<string | symbol, CheckMethod>>)[check.method]?.(signal),
  }))
}

type CheckMethod = (signal: AbortSignal) => HealthAnswer | Promise<HealthAnswer>

/** Of an indicator that is not built, neither name nor kind is known but by their defaults. */
function unbuilt(target: Class): readonly Check[] {
  const indicator = { name: target.name, kind: 'readiness', timeoutMs: undefined, run: undefined } as const
  return [
    ...(isIndicator(target) ? [indicator] : []),
    ...methodsOf(target).map(check => ({ ...check, run: undefined })),
  ]
}

function methodsOf(target: Class): readonly (Omit<Check, 'run'> & Pick<CheckedMethod, 'method'>)[] {
  return checkedMethods(target).map(({ method, options: { name, kind = 'readiness', timeoutMs } }) => ({
    name: name ?? `${target.name}.${String(method)}`,
    kind,
    timeoutMs,
    method,
  }))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
