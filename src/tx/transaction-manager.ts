import { ambientApplication, type ApplicationContext, runInApplication } from '../core/applications'
import { callWithValue, ContextKey, contextValue, currentContext, type PendingCall } from '../core/async-context'
import { Deadline } from '../core/deadline'
import { asked, isPromiseLike } from '../core/promise-like'
import { begin } from './behaviours/begin'
import { runEmpty } from './behaviours/empty'
import { join } from './behaviours/join'
import { nest } from './behaviours/nest'
import { refuseActive, refuseEnded, refuseMissing } from './behaviours/refuse'
import { type BoundaryCall, toldAs } from './boundary-call'
import { closing, inHookOf, isFinishing } from './closing'
import { rollbackPhysical } from './completion'
import { ForcedCloseError } from './errors'
import type { Environment } from './environment'
import { notAsync } from './not-async'
import type { TransactionDefinition } from './options'
import type { PhysicalTransaction } from './physical-transaction'
import { type Behaviour, PROPAGATION_MATRIX } from './propagation'
import { RunningTransactions } from './running-transactions'
import type { Scope } from './scope'
import type { TransactionHost } from './transaction-host'
import type { TransactionalResource } from './transactional-resource'

/** Runs boundaries over one data source of one application: looks at the frame, and does what the matrix says. */
export class TransactionManager {
  /** The frames of this data source; each manager has its own, so data sources never mix. */
  readonly key: ContextKey<Scope>
  /** Set where transactions are to be begun by somebody else: under a test root. */
  host: TransactionHost | undefined
  readonly #running = new RunningTransactions()
  /** How many calls that begin transactions are under way. */
  #calls = 0
  #state: 'open' | 'closing' | 'closed' = 'open'
  #checkIdle: (() => void) | undefined

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
  get running(): RunningTransactions {
    return this.#running
  }

  started(physical: PhysicalTransaction): void {
    this.#running.add(physical)
  }

  ended(physical: PhysicalTransaction): void {
    this.#running.remove(physical)
  }

  /** A call that begins transactions is made. It is over when its last hook is. */
  called(): void {
    this.#calls += 1
  }

  returned(): void {
    this.#calls -= 1
    this.#checkIdle?.()
  }

  /** Whether the time to finish what runs is over. */
  get closed(): boolean {
    return this.#state === 'closed'
  }

  /** Why a call cannot be taken: only what belongs to running work is, once the application closes. */
  refusalOf({ label }: TransactionDefinition): Error | undefined {
    if (this.#state === 'open' || isFinishing()) return undefined
    return closing(this.application, label)
  }

  /**
   * Takes no new calls and waits for the running ones, their hooks included. What is left at the deadline is rolled back:
   * its methods get the errors that are returned.
   */
  async close(timeoutMs: number): Promise<readonly Error[]> {
    if (this.#state === 'open') this.#state = 'closing'
    const own = inHookOf(this) ? 1 : 0
    const deadline = new Deadline(timeoutMs)
    // Looked at once more behind each wait, in one step with what is left: calls of what is finished may have come meanwhile.
    while (!this.closed && this.#calls > own) if (!(await deadline.meets(this.#idle(own)))) break
    const left = [...this.#running]
    if (left.length > 0) this.#state = 'closed'
    const forced = left.filter(({ ending }) => ending === undefined)
    for (const physical of forced) physical.forceEnd(new ForcedCloseError(physical.definition.label, timeoutMs))
    await rollBackAll(left)
    const rolledBack = forced.flatMap(physical => forcedRollback(physical))
    for (const error of rolledBack) this.environment.report(error)
    await this.host?.close()
    return rolledBack
  }

  /** Resolves when no calls are left but `own`: a hook that closes the application does not wait for itself. */
  #idle(own: number): Promise<void> {
    return new Promise(resolve => {
      this.#checkIdle = () => {
        if (this.#calls <= own) resolve()
      }
    })
  }

  /** Calls a body inside a scope, and inside the application that the scope belongs to. */
  enter(scope: Scope, call: Body): unknown {
    if (call.translate === undefined) return this.call(scope, call)
    const fail = (error: unknown): never => {
      throw toldAs(call, error)
    }
    try {
      const result = this.call(scope, call)
      return result instanceof Promise ? result.catch(fail) : result
    } catch (error) {
      return fail(error)
    }
  }

  /** As {@link enter}, for whoever translates the errors of the body. Of what can be awaited it returns a promise, always. */
  call(scope: Scope, call: Body): unknown {
    const result = this.#inside(scope, call)
    if (result instanceof Promise) return result
    if (isPromiseLike(result)) return this.#inside(scope, { fn: () => asked(result), self: undefined, args: [] })
    if (call.asynchronous) throw notAsync(scope.label)
    return result
  }

  #inside(scope: Scope, call: PendingCall): unknown {
    return this.#isAmbient()
      ? callWithValue(this.key, scope, call)
      : runInApplication(this.application, () => callWithValue(this.key, scope, call))
  }

  /** Whether the running code is in our application: directly inside a frame of ours it is, without looking further out. */
  #isAmbient(): boolean {
    return currentContext()?.key === this.key || ambientApplication() === this.application
  }
}

/** A statement that does not come to its end must not keep the application from closing. */
async function rollBackAll(transactions: readonly PhysicalTransaction[]): Promise<void> {
  const all = Promise.all(transactions.map(rollbackPhysical))
  if (await new Deadline(STATEMENT_GRACE_MS).meets(all)) return
  for (const { ended, resource } of transactions) if (!ended) resource.abandon?.()
  await new Deadline(STATEMENT_GRACE_MS).meets(all)
}

const STATEMENT_GRACE_MS = 1_000

/** Nothing where a COMMIT had travelled with what ran: its caller has the answer. */
function forcedRollback({ outcome, forcedEnd }: PhysicalTransaction): Error[] {
  return outcome === 'committed' || forcedEnd === undefined ? [] : [forcedEnd]
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
