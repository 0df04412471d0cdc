import { runDetached } from '../../core/async-context'
import type { DisposalFailure } from '../errors'
import type { Blueprint } from '../registration'
import { callHook, hooksOf } from './hooks'

/** What a container has to dispose of, in the order in which it was made. */
export class DisposalLedger {
  readonly #entries: { readonly component: string; readonly instance: unknown; readonly blueprint: Blueprint }[] = []

  add(blueprint: Blueprint, instance: unknown): void {
    this.#entries.push({ component: blueprint.name, instance, blueprint })
  }

  /** Disposes of everything, last made first, one after the other; a failure stops nothing. Hooks are told the outcome. */
  async disposeAll(outcome?: unknown): Promise<readonly DisposalFailure[]> {
    const failures: DisposalFailure[] = []
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      const { component, instance, blueprint } = entry
      for (const step of disposalSteps(instance, blueprint, outcome)) {
        try {
          await runDetached(step)
        } catch (error) {
          failures.push({ component, error })
        }
      }
    }
    return failures
  }
}

type Step = () => unknown

/** `@PreDestroy()` methods, those of subclasses first; then the declared `close`, else the object's own disposal. */
function disposalSteps(instance: unknown, { close }: Blueprint, outcome: unknown): readonly Step[] {
  const hooks = isObject(instance) ? [...hooksOf(instance, 'pre-destroy')].reverse() : []
  const steps: Step[] = hooks.map(method => () => callHook(instance as object, method, outcome)) // only objects have hooks
  if (close !== undefined) return [...steps, () => close(instance as never)] // declared for what the provider makes
  const symbol = disposalSymbol(instance)
  if (symbol === undefined || hooks.some(method => method === symbol)) return steps
  return [...steps, () => callHook(instance as object, symbol)]
}

function disposalSymbol(instance: unknown): symbol | undefined {
  if (!isObject(instance)) return undefined
  const own = instance as Readonly<Record<symbol, unknown>>
  return [Symbol.asyncDispose, Symbol.dispose].find(symbol => typeof own[symbol] === 'function')
}

/** Whether a value is something that can be initialised and disposed of; clients of other libraries may be functions. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
