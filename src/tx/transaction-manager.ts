import { ambientApplication, type ApplicationContext, runInApplication } from '../core/applications'
import { callWithValue, ContextKey, contextValue, currentContext } from '../core/async-context'
import { isPromiseLike } from '../core/promise-like'
import { begin } from './behaviours/begin'
import { runEmpty } from './behaviours/empty'
import { join } from './behaviours/join'
import { nest } from './behaviours/nest'
import { refuseActive, refuseEnded, refuseMissing } from './behaviours/refuse'
import type { BoundaryCall } from './boundary-call'
import { rollbackPhysical } from './completion'
import type { Environment } from './environment'
import { notAsync } from './not-async'
import type { PhysicalTransaction } from './physical-transaction'
import { type Behaviour, PROPAGATION_MATRIX } from './propagation'
import type { Scope } from './scope'
import type { TransactionalResource } from './transactional-resource'

/** Runs boundaries over one data source of one application: looks at the frame, and does what the matrix says. */
export class TransactionManager {
  /** The frames of this data source; each manager has its own, so data sources never mix. */
  readonly key: ContextKey<Scope>
  readonly #running = new Set<PhysicalTransaction>()
  #whenIdle: (() => void)[] = []

  constructor(
    readonly resource: TransactionalResource,
    readonly environment: Environment,
    readonly application: ApplicationContext,
  ) {
    this.key = new ContextKey(`transaction of '${resource.name}'`, true)
  }

  /** The scope that the running code is in, whatever its state. */
  get current(): Scope | undefined {
    return contextValue(this.key)
  }

  /** Runs a call in the scope that its propagation asks for. Returns what the call returns, or a promise of it. */
  execute(call: BoundaryCall): unknown {
    const current = this.current
    const state = current?.state ?? 'none'
    return BEHAVIOURS[PROPAGATION_MATRIX[call.definition.propagation][state]](this, call, current)
  }

  /** The transactions that have begun and not ended. */
  get running(): ReadonlySet<PhysicalTransaction> {
    return this.#running
  }

  started(physical: PhysicalTransaction): void {
    this.#running.add(physical)
  }

  ended(physical: PhysicalTransaction): void {
    this.#running.delete(physical)
    if (this.#running.size === 0) for (const resolve of this.#whenIdle.splice(0)) resolve()
  }

  /** Waits for the running transactions, then rolls back what is left at the deadline; their methods get an error. */
  async close(timeoutMs: number): Promise<void> {
    await this.#idle(timeoutMs)
    const left = [...this.#running]
    await Promise.all(left.map(physical => rollbackPhysical(physical)))
  }

  #idle(timeoutMs: number): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve()
    return new Promise(resolve => {
      const timer = setTimeout(resolve, timeoutMs)
      this.#whenIdle.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Calls a body inside a scope, and inside the application that the scope belongs to. */
  enter(scope: Scope, call: Body): unknown {
    const result = this.#isAmbient()
      ? callWithValue(this.key, scope, call)
      : runInApplication(this.application, () => callWithValue(this.key, scope, call))
    if (call.asynchronous && !isPromiseLike(result)) throw notAsync(scope.label)
    return result
  }

  /** Whether the running code is in our application: directly inside a frame of ours it is, without looking further out. */
  #isAmbient(): boolean {
    return currentContext()?.key === this.key || ambientApplication() === this.application
  }
}

type Body = Omit<BoundaryCall, 'definition'>

type Run = (manager: TransactionManager, call: BoundaryCall, current: Scope | undefined) => unknown

const BEHAVIOURS = {
  begin,
  join,
  nest,
  empty: runEmpty,
  'refuse-missing': refuseMissing,
  'refuse-active': refuseActive,
  'refuse-ended': refuseEnded,
} as const satisfies Record<Behaviour, Run>
