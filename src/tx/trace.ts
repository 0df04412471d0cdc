import { type ContextNode, currentContext } from '../core/async-context'
import type { BoundaryCall } from './boundary-call'
import type { Environment } from './environment'
import type { BoundaryDecision, ExecutionEvent } from './execution-listener'
import type { Hook } from './hooks'
import type { PhysicalTransaction } from './physical-transaction'
import { nextBoundary, Scope } from './scope'
import type { TransactionManager } from './transaction-manager'

interface Entry {
  readonly decision: BoundaryDecision
  readonly suspended: string | undefined
  readonly waitedMs?: number
}

/** What every event about a scope says. */
export interface ScopeFacts {
  readonly boundary: number
  readonly label: string
  readonly dataSource: string
}

export function factsOf({ boundary, definition: { label, dataSource } }: Scope): ScopeFacts {
  return { boundary, label, dataSource }
}

/** Tells the listeners of a boundary's start and end, where there are listeners. */
export function traced(
  environment: Environment,
  scope: Scope,
  entry: Entry,
  run: () => Promise<unknown>,
): Promise<unknown> {
  return environment.observed ? tracing(environment, scope, entry, run) : run()
}

async function tracing(
  environment: Environment,
  scope: Scope,
  entry: Entry,
  run: () => Promise<unknown>,
): Promise<unknown> {
  const started = performance.now()
  const facts = factsOf(scope)
  const { decision } = entry
  emitStart(environment, scope, entry)
  let failure: unknown
  try {
    return await run()
  } catch (error) {
    failure = error
    throw error
  } finally {
    const durationMs = performance.now() - started
    environment.emit(() => ({ kind: 'boundary-end', ...facts, decision, error: failure, durationMs }))
  }
}

function emitStart(environment: Environment, scope: Scope, { decision, suspended, waitedMs = 0 }: Entry): void {
  environment.emit(() => ({
    kind: 'boundary',
    ...factsOf(scope),
    parent: parentOf(scope.calledIn),
    decision,
    transaction: scope.physical?.id,
    suspended,
    inert: scope.role !== 'originator' && scope.definition.retry > 0 ? INERT_RETRY : NONE_INERT,
    waitedMs,
  }))
}

/** Tells of a call whose method will not run; answers the error to throw. `calledAt` where it waited first. */
export function refused<E>(environment: Environment, call: BoundaryCall, error: E, calledAt?: number): E {
  if (!environment.observed) return error
  const waitedMs = calledAt === undefined ? 0 : performance.now() - calledAt
  emitRefusal(environment, call, { boundary: nextBoundary(), error, waitedMs, calledIn: currentContext() })
  return error
}

interface Refusal {
  readonly boundary: number
  readonly error: unknown
  readonly waitedMs: number
  readonly calledIn: ContextNode | undefined
}

function emitRefusal(
  environment: Environment,
  { definition: { label, dataSource } }: BoundaryCall,
  { boundary, error, waitedMs, calledIn }: Refusal,
): void {
  const facts = { boundary, label, dataSource, decision: 'refused' } as const
  environment.emit(() => ({
    kind: 'boundary',
    ...facts,
    parent: parentOf(calledIn),
    transaction: undefined,
    suspended: undefined,
    inert: NONE_INERT,
    waitedMs,
  }))
  environment.emit(() => ({ kind: 'boundary-end', ...facts, error, durationMs: 0 }))
}

/** Tells of an originator: one boundary, however many transactions it takes. Made only where somebody listens. */
export class OriginatorTrace {
  readonly #environment: Environment
  readonly #call: BoundaryCall
  readonly #boundary: number
  readonly #calledIn = currentContext()
  #started: number | undefined
  #attemptStarted = 0
  #attempts = 0
  #failure: { readonly error: unknown; readonly at: number } | undefined

  constructor(environment: Environment, call: BoundaryCall, boundary: number) {
    this.#environment = environment
    this.#call = call
    this.#boundary = boundary
  }

  /** A transaction was opened for it: the first, or one more. */
  entered(scope: Scope, physical: PhysicalTransaction, suspended: string | undefined): void {
    const now = performance.now()
    this.#attemptStarted = now
    this.#attempts += 1
    if (this.#started === undefined) {
      this.#started = now
      emitStart(this.#environment, scope, { decision: 'began', suspended })
      return
    }
    const { error, at } = this.#failure ?? { error: undefined, at: now }
    const [attempt, waitedMs] = [this.#attempts, now - at]
    this.#environment.emit(() => ({
      kind: 'attempt',
      ...factsOf(scope),
      attempt,
      transaction: physical.id,
      error,
      waitedMs,
    }))
  }

  /** An attempt failed; another one may follow. */
  failed(error: unknown): void {
    this.#failure = { error, at: performance.now() }
  }

  transactionEnded(scope: Scope, physical: PhysicalTransaction): void {
    const durationMs = performance.now() - this.#attemptStarted
    const { outcome = 'unknown', root } = physical
    this.#environment.emit(() => ({
      kind: 'end',
      ...factsOf(scope),
      transaction: physical.id,
      outcome,
      doomedBy: outcome === 'rolled-back' ? root.reason?.label : undefined,
      durationMs,
    }))
  }

  /** Runs the call, and tells when it is over. */
  async over(call: () => Promise<unknown>): Promise<unknown> {
    let failure: unknown
    try {
      return await call()
    } catch (error) {
      failure = error
      throw error
    } finally {
      this.#ended(failure)
    }
  }

  /** A call for which no transaction could be opened was refused. */
  #ended(error: unknown): void {
    const started = this.#started
    if (started === undefined) {
      const refusal = { boundary: this.#boundary, error, waitedMs: 0, calledIn: this.#calledIn }
      emitRefusal(this.#environment, this.#call, refusal)
      return
    }
    const { label, dataSource } = this.#call.definition
    const durationMs = performance.now() - started
    const boundary = this.#boundary
    this.#environment.emit(() => ({
      kind: 'boundary-end',
      boundary,
      label,
      dataSource,
      decision: 'began',
      error,
      durationMs,
    }))
  }
}

let statements = 0

/** Tells of a statement; `run` says when it is on its way. Called only where somebody listens. */
export async function tracedStatement<T>(
  scope: Scope,
  physical: PhysicalTransaction,
  text: string,
  run: (sent: () => void) => Promise<T>,
): Promise<T> {
  const { environment } = physical
  const facts = { transaction: physical.id, statement: (statements += 1), text, ...factsOf(scope) }
  const called = performance.now()
  let sentAt: number | undefined
  let leasedBefore = 0
  let failure: unknown
  environment.emit(() => ({ kind: 'statement', ...facts }))
  try {
    return await run(() => {
      sentAt = performance.now()
      leasedBefore = physical.leaseWaitMs
    })
  } catch (error) {
    failure = error
    throw error
  } finally {
    const ended = performance.now()
    const leaseMs = sentAt === undefined ? 0 : physical.leaseWaitMs - leasedBefore
    const waitedMs = (sentAt ?? ended) - called + leaseMs
    const durationMs = Math.max(0, ended - called - waitedMs)
    environment.emit(() => ({ kind: 'statement-end', ...facts, error: failure, waitedMs, durationMs }))
  }
}

/** Tells of a statement whose rows come in portions: once, whatever their number. Made only where somebody listens. */
export class StreamTrace {
  readonly #environment: Environment
  readonly #facts: Omit<ExecutionEventOf<'statement'>, 'kind'>
  #waitedMs = 0
  #durationMs = 0
  #rows = 0
  #ended = false

  constructor(scope: Scope, { environment, id }: PhysicalTransaction, text: string) {
    this.#environment = environment
    this.#facts = { transaction: id, statement: (statements += 1), text, ...factsOf(scope) }
    environment.emit(() => ({ kind: 'statement', ...this.#facts }))
  }

  /** A portion was asked for at `called`, sent at `sentAt` where its turn came, and is answered now. */
  portion(called: number, sentAt: number | undefined, rows: number): void {
    const now = performance.now()
    this.#waitedMs += (sentAt ?? now) - called
    this.#durationMs += sentAt === undefined ? 0 : now - sentAt
    this.#rows += rows
  }

  end(error: unknown): void {
    if (this.#ended) return
    this.#ended = true
    const [waitedMs, durationMs, rows] = [this.#waitedMs, this.#durationMs, this.#rows]
    this.#environment.emit(() => ({ kind: 'statement-end', ...this.#facts, error, waitedMs, durationMs, rows }))
  }
}

type ExecutionEventOf<Kind extends ExecutionEvent['kind']> = Extract<ExecutionEvent, { readonly kind: Kind }>

/**
 * Tells of a statement outside every transaction; a call without one is told as its own. Called only where somebody
 * listens.
 */
export async function tracedOutside<T>(
  { environment, resource, current }: TransactionManager,
  text: string,
  run: () => Promise<T>,
  started = performance.now(),
): Promise<T> {
  // A query runner that was made before a transaction is no part of the call around it.
  const call = current?.state === 'empty' ? current : undefined
  const place = call ? factsOf(call) : { boundary: nextBoundary(), label: OUTSIDE, dataSource: resource.name }
  const facts = { transaction: undefined, statement: (statements += 1), text, ...place }
  let failure: unknown
  environment.emit(() => ({ kind: 'statement', ...facts }))
  try {
    return await run()
  } catch (error) {
    failure = error
    throw error
  } finally {
    const durationMs = performance.now() - started
    environment.emit(() => ({ kind: 'statement-end', ...facts, error: failure, waitedMs: 0, durationMs }))
  }
}

/** Tells of a hook. Called only where somebody listens. */
export async function tracedHook(physical: PhysicalTransaction, hook: Hook, run: () => Promise<void>): Promise<void> {
  const { environment, id, root, definition } = physical
  const { phase, label: registeredIn } = hook
  const { label, dataSource } = definition
  const facts = { boundary: root.boundary, label, dataSource, transaction: id, phase, registeredIn }
  const started = performance.now()
  let failure: unknown
  environment.emit(() => ({ kind: 'hook', ...facts }))
  try {
    await run()
  } catch (error) {
    failure = error
    throw error
  } finally {
    const durationMs = performance.now() - started
    environment.emit(() => ({ kind: 'hook-end', ...facts, error: failure, durationMs }))
  }
}

/** The boundary around this one, of whatever data source. */
function parentOf(context: ContextNode | undefined): number | undefined {
  for (let node = context; node; node = node.outer) if (node.value instanceof Scope) return node.value.boundary
  return undefined
}

/** As whom a statement appears that belongs to no call. */
export const OUTSIDE = 'a statement outside every transaction'

const NONE_INERT: readonly 'retry'[] = Object.freeze([])
const INERT_RETRY: readonly 'retry'[] = Object.freeze(['retry' as const])
