import { Block, type Doom } from './block'
import { TransactionEndedError } from './errors'
import type { Environment } from './environment'
import { type HookFunction, makeHook, makeLastHook, type TransactionOutcome } from './hooks'
import type { IsolationLevel } from './isolation'
import { Limits } from './limits'
import type { TransactionDefinition } from './options'
import type { Scope } from './scope'
import type { OpenRequest, ResourceTransaction, TransactionalResource } from './transactional-resource'

let sequence = 0

interface Circumstances {
  /** The suspended transaction of the same data source. */
  readonly outer: PhysicalTransaction | undefined
  /** What is left of `timeoutMs`: less than all of it in a repetition. */
  readonly remainingMs: number | undefined
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
  /** Its deadline and signal, where it has any. */
  readonly #limits: Limits | undefined

  constructor(
    readonly environment: Environment,
    port: TransactionalResource,
    readonly definition: TransactionDefinition,
    { outer, remainingMs }: Circumstances,
  ) {
    this.#port = port
    this.id = `${port.name}#${(sequence += 1)}`
    this.root = Block.root(definition.label)
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

  /** Why the transaction must stop: its deadline or the caller's signal. */
  get stopReason(): Error | undefined {
    this.#limits?.check()
    return this.#limits?.reason
  }

  get ended(): boolean {
    return this.#ended
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
    if (this.#limits?.reason !== undefined) return Promise.reject(this.#limits.reason)
    return block.turn.take(who, this.environment.waitTimeoutMs)
  }

  /** Runs a scope's statement in its turn, behind the savepoints that its block still lacks. */
  async run<T>(scope: Scope, block: Block, statement: () => Promise<T>): Promise<T> {
    const wait = this.take(block, scope.label)
    if (wait) await wait
    try {
      for (const unset of block.unsetSavepoints()) await this.#setSavepoint(unset, scope, block)
      this.#admit(block)
      return await this.#send(statement, scope)
    } finally {
      block.turn.give()
    }
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
    this.#limits?.end()
  }

  #admit(block: Block): void {
    if (block.closed) throw new TransactionEndedError(block.label)
    const { stopReason } = this
    if (stopReason !== undefined) throw stopReason
  }

  async #setSavepoint(unset: Block, scope: Scope, block: Block): Promise<void> {
    this.#admit(block)
    await this.commanding(unset, () => this.#send(() => this.resource.savepoint(unset.savepoint ?? ''), scope))
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
    const limits = this.#limits
    if (limits === undefined || this.definition.timeoutMs === undefined || !this.#port.isTimeout(error)) return error
    limits.expire(error)
    return limits.reason ?? error
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
      remainingMs: () => this.#limits?.remainingMs,
      unhooked: () => !this.root.doomed && !this.root.hooks.some(({ phase }) => phase === 'beforeCommit'),
      onControl: command => {
        const { boundary } = this.#controlled
        environment.emit(() => ({ kind: 'control', boundary, transaction: this.id, command }))
      },
      addHook: (phase, run) => {
        this.root.hooks.push(makeHook(phase, run, label))
      },
    }
  }
}
