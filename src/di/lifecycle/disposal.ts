import { runDetached } from '../../core/async-context'
import { callMethod } from '../../core/call-method'
import { Deadline } from '../../core/deadline'
import { type DisposalFailure, DisposalTimeoutError } from '../errors'
import type { Blueprint } from '../registration'
import { hooksOf } from './hooks'
import type { OwnedObjects } from './owned-objects'

/** How the end of a life is to go. */
export interface Ending {
  /** What hooks are told. */
  readonly outcome?: unknown
  readonly deadline: Deadline
}

export const NO_HURRY: Ending = { deadline: new Deadline() }

/** Something that has a part of a ledger's work to do when its turn comes. */
export interface Disposable {
  dispose(ending: Ending): Promise<readonly DisposalFailure[]>
}

/** What a life has to dispose of, in the order in which it was made. */
export class DisposalLedger implements Disposable {
  /** Most ledgers hold one entry: a list for many would be most of what a start makes. */
  #entries: Disposable[] | undefined

  get isEmpty(): boolean {
    return this.#entries === undefined || this.#entries.length === 0
  }

  add(entry: Disposable): void {
    if (this.#entries === undefined) this.#entries = [entry]
    else this.#entries.push(entry)
  }

  /** Takes over what another one has to dispose of. */
  take(other: DisposalLedger): void {
    other.#entries?.forEach(entry => {
      this.add(entry)
    })
    other.#entries = undefined
  }

  /** Disposes of everything, last made first, one after the other; a failure stops nothing. */
  async dispose(ending: Ending): Promise<readonly DisposalFailure[]> {
    const failures: DisposalFailure[] = []
    for (let entry = this.#entries?.pop(); entry !== undefined; entry = this.#entries?.pop()) {
      failures.push(...(await entry.dispose(ending)))
    }
    return failures
  }
}

/** One instance; what its disposal takes is looked up when its turn comes. */
export class InstanceDisposal implements Disposable {
  readonly #blueprint: Blueprint
  readonly #instance: unknown
  readonly #owned: OwnedObjects

  constructor(blueprint: Blueprint, instance: unknown, owned: OwnedObjects) {
    this.#blueprint = blueprint
    this.#instance = instance
    this.#owned = owned
  }

  dispose(ending: Ending): Promise<readonly DisposalFailure[]> {
    this.#owned.forget(this.#instance)
    return run(this.#blueprint.name, disposalSteps(this.#instance, this.#blueprint), ending)
  }
}

type Step = (outcome: unknown) => unknown

async function run(
  component: string,
  steps: readonly Step[],
  { outcome, deadline }: Ending,
): Promise<DisposalFailure[]> {
  const failures: DisposalFailure[] = []
  for (const step of steps) {
    try {
      const inTime = await deadline.meets(called(step, outcome), GRACE_MS)
      if (!inTime) failures.push({ component, error: new DisposalTimeoutError(component, deadline.timeoutMs ?? 0) })
    } catch (error) {
      failures.push({ component, error })
    }
  }
  return failures
}

async function called(step: Step, outcome: unknown): Promise<void> {
  await runDetached(() => step(outcome))
}

/** `@PreDestroy()` methods, those of subclasses first; then the declared `close`, else the object's own disposal. */
function disposalSteps(instance: unknown, { close }: Blueprint): readonly Step[] {
  const hooks = isObject(instance) ? [...hooksOf(instance, 'pre-destroy')].reverse() : []
  const steps: Step[] = hooks.map(method => outcome => callMethod(instance as object, method, outcome)) // only objects have hooks
  if (close !== undefined) return [...steps, () => close(instance as never)] // declared for what the provider makes
  const symbol = disposalSymbol(instance)
  if (symbol === undefined || hooks.some(method => method === symbol)) return steps
  return [...steps, () => callMethod(instance as object, symbol)]
}

/** The method of an object, or of the prototype of a class, that disposes of it. */
export function disposalSymbol(instance: unknown): symbol | undefined {
  if (!isObject(instance)) return undefined
  const own = instance as Readonly<Record<symbol, unknown>>
  return [Symbol.asyncDispose, Symbol.dispose].find(symbol => typeof own[symbol] === 'function')
}

/** Whether a value is something that can be initialised and disposed of; clients of other libraries may be functions. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** What every hook gets even where others have used up the time. */
const GRACE_MS = 100
