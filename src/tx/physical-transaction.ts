import { Block, type Doom } from './block'
import { TransactionAbortedError, TransactionEndedError, TransactionTimedOutError } from './errors'
import type { Environment } from './environment'
import { type HookFunction, makeHook, makeLastHook, type TransactionOutcome } from './hooks'
import type { IsolationLevel } from './isolation'
import type { TransactionDefinition } from './options'
import type { Scope } from './scope'
import type { CommitOutcome, OpenRequest, ResourceTransaction, TransactionalResource } from './transactional-resource'

let sequence = 0

export interface Circumstances {
  /** The suspended transaction of the same data source. */
  readonly outer: PhysicalTransaction | undefined
  /** What is left of `timeoutMs`: less than all of it in a repetition. */
  readonly remainingMs: number | undefined
  /** The block that it is, under a test root; a block of its own without one. */
  readonly root?: Block
}

/** One BEGIN … COMMIT on one connection, shared by all scopes that joined it. */
export class PhysicalTransaction {
  readonly id: string
  readonly root: Block
  readonly resource: ResourceTransaction
  readonly isolation: IsolationLevel
  readonly readOnly: boolean
  /** The first statement that the database refused; the cause of a COMMIT that answers ROLLBACK. */
  firstRefusal: Doom | undefined
  outcome: TransactionOutcome | undefined
  /** Its COMMIT or ROLLBACK, once that is under way: it is ended only once. */
  ending: Promise<void> | undefined
  #savepoints = 0
  /** The block whose savepoint is being set or ended; the root for BEGIN, COMMIT and ROLLBACK. */
  #controlled: Block
  readonly #port: TransactionalResource
  /** What is on the connection now: more than one where sending a statement itself runs statements. */
  readonly #running = new Set<Promise<unknown>>()
  #ended = false
  readonly #stop = new AbortController()
  readonly #deadline: number | undefined
  readonly #deadlineTimer: NodeJS.Timeout | undefined

  constructor(
    readonly environment: Environment,
    port: TransactionalResource,
    readonly definition: TransactionDefinition,
    { outer, remainingMs, root }: Circumstances,
  ) {
    this.#port = port
    this.id = `${port.name}#${(sequence += 1)}`
    this.root = root ?? Block.root(definition.label)
    this.#controlled = this.root
    this.isolation = definition.isolation ?? port.defaultIsolation
    this.readOnly = definition.readOnly ?? false
    this.resource = port.open(this.#openRequest(outer))
    this.#deadline = remainingMs === undefined ? undefined : performance.now() + remainingMs
    this.#deadlineTimer = this.#watchDeadline(definition, remainingMs)
    definition.signal?.addEventListener('abort', this.#onAbort)
    if (definition.signal?.aborted) this.#onAbort()
  }

  /** Why the transaction must stop: its deadline or the caller's signal. */
  get stopReason(): unknown {
    this.#checkDeadline()
    const { aborted, reason } = this.#stop.signal as { readonly aborted: boolean; readonly reason: unknown }
    return aborted ? reason : undefined
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Whether there is anything to end. */
  get begun(): boolean {
    return this.resource.begun
  }

  begin(): Promise<void> {
    return this.resource.begin()
  }

  commit(): Promise<CommitOutcome> {
    return this.resource.commit()
  }

  rollback(): Promise<void> {
    return this.resource.rollback()
  }

  nextSavepoint(): string {
    return `ambit_${(this.#savepoints += 1)}`
  }

  /** Runs `end` when everything is over, behind all hooks. */
  whenOver(end: HookFunction): void {
    this.root.hooks.push(makeLastHook(end, this.definition.label))
  }

  /** Takes a block's turn: at once (`undefined`) or when the promise resolves. No wait outlasts the deadline. */
  take(block: Block, who: string): Promise<void> | undefined {
    if (this.#stop.signal.aborted) return Promise.reject(this.#stop.signal.reason as Error)
    return block.turn.take(who, this.environment.waitTimeoutMs)
  }

  /** Runs a scope's statement in its turn, behind the savepoints that its block still lacks. */
  async run<T>(scope: Scope, block: Block, statement: () => Promise<T>): Promise<T> {
    const wait = this.take(block, scope.label)
    if (wait) await wait
    try {
      for (const unset of block.unsetSavepoints()) {
        await this.commanding(unset, () => this.#ask(scope, block, () => this.setSavepoint(unset)))
        unset.savepointSet = true
      }
      return await this.#ask(scope, block, statement)
    } finally {
      block.turn.give()
    }
  }

  protected setSavepoint({ savepoint = '' }: Block): Promise<void> {
    return this.resource.savepoint(savepoint)
  }

  /** Sends one thing on the connection, for whoever holds the turn. Checked last: nothing may land behind the end. */
  async control<T>(block: Block, send: () => Promise<T>): Promise<T> {
    this.#admit(block)
    return this.#send(send)
  }

  /** Says whose savepoint the commands are about, for traces. */
  async commanding<T>(block: Block, send: () => Promise<T>): Promise<T> {
    this.#controlled = block
    try {
      return await send()
    } finally {
      this.#controlled = this.root
    }
  }

  /** Waits for what is on the connection now. */
  async settleRunning(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }

  /** Lets go of the timer, the signal and everything a late frame could still hold. */
  end(): void {
    this.#ended = true
    clearTimeout(this.#deadlineTimer)
    this.definition.signal?.removeEventListener('abort', this.#onAbort)
  }

  #admit(block: Block): void {
    if (block.closed) throw new TransactionEndedError(block.label)
    this.#checkDeadline()
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason as Error
  }

  /** What the database refuses is remembered: a COMMIT may yet be answered with ROLLBACK because of it. */
  async #ask<T>(scope: Scope, block: Block, send: () => Promise<T>): Promise<T> {
    this.#admit(block)
    try {
      return await this.#send(send)
    } catch (error) {
      this.firstRefusal ??= { label: scope.label, error }
      scope.note('refused')
      throw error
    }
  }

  async #send<T>(send: () => Promise<T>): Promise<T> {
    const work = send()
    this.#running.add(work)
    try {
      return await work
    } catch (error) {
      throw this.#translated(error)
    } finally {
      this.#running.delete(work)
    }
  }

  /** Nothing more is sent, and nobody waits any longer; what runs is waited for at the end. */
  #halt(reason: Error): void {
    if (this.#stop.signal.aborted) return
    this.#stop.abort(reason)
    this.root.expel(reason)
  }

  /** A statement that the database gave up at our deadline failed because of the deadline. */
  #translated(error: unknown): unknown {
    const { timeoutMs, label } = this.definition
    if (timeoutMs === undefined || !this.#port.isTimeout(error)) return error
    const timedOut = new TransactionTimedOutError(label, timeoutMs, error)
    this.#halt(timedOut)
    return timedOut
  }

  #openRequest(outer: PhysicalTransaction | undefined): OpenRequest {
    const { environment, definition } = this
    const { label, isolation, timeoutMs, signal } = definition
    return {
      id: this.id,
      label,
      isolation,
      readOnly: this.readOnly,
      single: definition.single,
      outer: outer?.resource,
      waitTimeoutMs: environment.waitTimeoutMs,
      signal: timeoutMs === undefined && !signal ? undefined : this.#stop.signal,
      remainingMs: () => this.remainingMs(),
      onControl: command => {
        const { boundary } = this.#controlled
        environment.emit(() => ({ kind: 'control', boundary, transaction: this.id, command }))
      },
      addHook: (phase, run) => {
        this.root.hooks.push(makeHook(phase, run, label))
      },
    }
  }

  /** What is left until the deadline, in milliseconds; `undefined` without one. */
  remainingMs(): number | undefined {
    return this.#deadline === undefined ? undefined : Math.max(1, Math.ceil(this.#deadline - performance.now()))
  }

  #watchDeadline(
    { timeoutMs, label }: TransactionDefinition,
    remainingMs: number | undefined,
  ): NodeJS.Timeout | undefined {
    if (timeoutMs === undefined) return undefined
    return setTimeout(() => {
      this.#halt(new TransactionTimedOutError(label, timeoutMs))
    }, remainingMs)
  }

  /** A timer comes late where something keeps the event loop busy, such as a long statement of a synchronous driver. */
  #checkDeadline(): void {
    const { timeoutMs, label } = this.definition
    if (timeoutMs === undefined || this.#deadline === undefined || performance.now() < this.#deadline) return
    this.#halt(new TransactionTimedOutError(label, timeoutMs))
  }

  readonly #onAbort = (): void => {
    this.#halt(new TransactionAbortedError(this.definition.label, this.definition.signal?.reason))
  }
}
