import { Block, type Doom } from './block'
import { ControlTrace } from './control-trace'
import { TransactionEndedError, TransactionTimedOutError } from './errors'
import type { Environment } from './environment'
import type { ControlAction } from './execution-listener'
import { type HookFunction, makeHook, makeLastHook, type TransactionOutcome } from './hooks'
import type { IsolationLevel } from './isolation'
import { Limits } from './limits'
import type { TransactionDefinition } from './options'
import type { Scope } from './scope'
import { endOfTurn, SharedTurn } from './shared-turn'
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
  /** Transactions on other data sources that wrote inside this one. */
  readonly writersInside = new Set<PhysicalTransaction>()
  /** How long it waited for a connection so far, in milliseconds; only where somebody listens. */
  leaseWaitMs = 0
  #savepoints = 0
  /** The block whose savepoint is being set or ended; the root for BEGIN, COMMIT and ROLLBACK. */
  #controlled: Block
  readonly #port: TransactionalResource
  /** Where somebody listens. */
  readonly #trace: ControlTrace | undefined
  /** What is on the connection now: more than one where sending a statement itself runs statements. */
  readonly #running = new Set<Promise<unknown>>()
  #ended = false
  #forcedEnd: Error | undefined
  /** Its deadline and signal, where it has any. */
  readonly #limits: Limits | undefined

  constructor(
    readonly environment: Environment,
    port: TransactionalResource,
    readonly definition: TransactionDefinition,
    { outer, remainingMs, root }: Circumstances,
  ) {
    this.#port = port
    this.id = `${port.name}#${(sequence += 1)}`
    this.root = root ?? Block.root(definition.label)
    if (environment.observed) this.#trace = new ControlTrace(environment, { id: this.id, dataSource: port.name })
    this.#controlled = this.root
    this.isolation = definition.isolation ?? port.defaultIsolation
    this.readOnly = definition.readOnly ?? false
    this.#limits = Limits.of(definition, reason => this.root.expel(reason), remainingMs)
    try {
      this.resource = port.open(this.#openRequest(outer))
    } catch (refusal) {
      this.#limits?.end()
      throw refusal
    }
  }

  /** Why the transaction must stop: its deadline, the caller's signal, or the end of the application. */
  get stopReason(): Error | undefined {
    this.#limits?.check()
    return this.#forcedEnd ?? this.#limits?.reason
  }

  /** Why it was ended from outside, if it was. */
  get forcedEnd(): Error | undefined {
    return this.#forcedEnd
  }

  /** Nothing more is sent, and nobody waits any longer; what runs is waited for at the end. */
  forceEnd(reason: Error): void {
    this.#forcedEnd = reason
    this.root.expel(reason)
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Whether there is anything to end. */
  get begun(): boolean {
    return this.resource.begun
  }

  begin(): Promise<void> {
    return this.answered('begin', () => this.resource.begin())
  }

  commit(): Promise<CommitOutcome> {
    return this.answered('commit', () => this.resource.commit())
  }

  rollback(): Promise<void> {
    return this.answered('rollback', () => this.resource.rollback())
  }

  /** What is left until the deadline, in milliseconds; `undefined` without one. */
  remainingMs(): number | undefined {
    return this.#limits?.remainingMs
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
    const reason = this.#forcedEnd ?? this.#limits?.reason
    if (reason !== undefined) return Promise.reject(reason)
    return block.turn.take(who, this.environment.waitTimeoutMs)
  }

  /** Runs a scope's statement in its turn, behind the savepoints that its block still lacks. */
  async run<T>(scope: Scope, block: Block, statement: () => Promise<T>): Promise<T> {
    const wait = this.take(block, scope.label)
    if (wait) await wait
    try {
      for (const unset of block.unsetSavepoints()) await this.#prepare(unset, scope, block)
      this.#admit(block)
      return await this.#send(statement, scope)
    } finally {
      block.turn.give()
    }
  }

  /** As {@link run}, in one turn and one write with others of the block that are asked for at the same time. */
  runShared<T>(scope: Scope, block: Block, statement: () => Promise<T>): Promise<T> {
    let shared = block.shared
    if (shared?.isOpenBehind(block.turn.arrivals) !== true) {
      block.shared = shared = new SharedTurn()
      void this.#lead(shared, scope, block)
    }
    return shared.join(() => this.#sendAdmitted(statement, scope, block))
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
  async commanding<T>(block: Block, action: ControlAction, send: () => Promise<T>): Promise<T> {
    this.#controlled = block
    try {
      return await this.answered(action, send)
    } finally {
      this.#controlled = this.root
    }
  }

  /** Asks the resource for something that is answered by itself, and tells of the answer. */
  answered<T>(action: ControlAction, ask: () => Promise<T>): Promise<T> {
    return this.#trace === undefined ? ask() : this.#trace.answered(this.#controlled, action, ask)
  }

  /** Waits for what is on the connection now. */
  async settleRunning(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }

  /** Lets go of the timer, the signal and everything a late frame could still hold. */
  end(): void {
    this.#ended = true
    this.#limits?.end()
  }

  #admit(block: Block): void {
    if (block.closed) throw this.#forcedEnd ?? new TransactionEndedError(block.label)
    const { stopReason } = this
    if (stopReason !== undefined) throw stopReason
  }

  /** Takes the turn for all who join until it is ours. */
  async #lead(shared: SharedTurn, scope: Scope, block: Block): Promise<void> {
    const wait = this.take(block, scope.label)
    shared.arrived(block.turn.arrivals)
    try {
      await (wait ?? endOfTurn())
    } catch (error) {
      shared.refuse(error)
      return
    }
    try {
      for (const unset of block.unsetSavepoints()) await this.#prepare(unset, scope, block)
      await shared.run(ask => (this.resource.together ? this.resource.together(ask) : ask()))
    } catch (error) {
      shared.refuse(error)
    } finally {
      block.turn.give()
    }
  }

  async #sendAdmitted<T>(statement: () => Promise<T>, scope: Scope, block: Block): Promise<T> {
    this.#admit(block)
    return this.#send(statement, scope)
  }

  async #prepare(unset: Block, scope: Scope, block: Block): Promise<void> {
    this.#admit(block)
    await this.commanding(unset, 'savepoint', () => this.#send(() => this.setSavepoint(unset), scope))
    unset.savepointSet = true
  }

  /** What the database refuses a scope is remembered: a COMMIT may yet be answered with ROLLBACK because of it. */
  async #send<T>(send: () => Promise<T>, scope?: Scope): Promise<T> {
    let work: Promise<T> | undefined
    try {
      work = send()
      this.#running.add(work)
      return await work
    } catch (failure) {
      const error = this.#translated(failure)
      if (scope !== undefined) {
        this.firstRefusal ??= { label: scope.label, error }
        scope.note('refused')
      }
      throw error
    } finally {
      if (work !== undefined) this.#running.delete(work)
    }
  }

  /** A statement that the database gave up at our deadline failed because of the deadline. */
  #translated(error: unknown): unknown {
    const { timeoutMs, label } = this.definition
    if (timeoutMs === undefined || this.#limits === undefined || !this.#port.isTimeout(error)) return error
    this.#limits.expire(error)
    const { reason } = this.#limits
    // Our timer may have been the faster one; the database's word is the better cause.
    return reason instanceof TransactionTimedOutError ? new TransactionTimedOutError(label, timeoutMs, error) : reason
  }

  #openRequest(outer: PhysicalTransaction | undefined): OpenRequest {
    const { environment, definition } = this
    const { label, isolation } = definition
    return {
      id: this.id,
      label,
      isolation,
      readOnly: this.readOnly,
      single: definition.single,
      outer: outer?.resource,
      waitTimeoutMs: environment.waitTimeoutMs,
      signal: this.#limits?.signal,
      remainingMs: () => this.remainingMs(),
      unhooked: () => !this.root.doomed && !this.root.hooks.some(({ phase }) => phase === 'beforeCommit'),
      onControl: command => {
        this.#trace?.sent(this.#controlled, command)
      },
      onLeased:
        this.#trace &&
        (waitedMs => {
          this.leaseWaitMs += waitedMs
        }),
      addHook: (phase, run) => {
        this.root.hooks.push(makeHook(phase, run, label))
      },
    }
  }
}
