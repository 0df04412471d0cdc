import type { Prompt } from '../core/prompt'
import { Block, type Doom } from './block'
import { ControlTrace } from './control-trace'
import { TransactionEndedError } from './errors'
import type { Circumstances } from './circumstances'
import type { Environment } from './environment'
import type { ControlAction } from './execution-listener'
import { type HookFunction, makeLastHook, type TransactionOutcome } from './hooks'
import { type IsolationLevel, runningIsolation } from './isolation'
import { type Expiring, Expiry } from './expiry'
import { PhysicalOpenRequest } from './open-request'
import type { TransactionDefinition } from './options'
import type { Scope } from './scope'
import { type Asker, type SharedStatement, SharedTurn } from './shared-turn'
import type { CommitOutcome, ResourceTransaction, TransactionalResource } from './transactional-resource'
import type { Turn } from './turn'

let sequence = 0

/** One BEGIN … COMMIT on one connection, shared by all scopes that joined it. */
export class PhysicalTransaction implements Expiring {
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
  writersInside: Set<PhysicalTransaction> | undefined
  /** How long it waited for a connection so far, in milliseconds; only where somebody listens. */
  leaseWaitMs = 0
  /** Its place among those that run. */
  runningAt = -1
  #savepoints = 0
  /** The block whose savepoint is being set or ended; the root for BEGIN, COMMIT and ROLLBACK. */
  #controlled: Block
  readonly #port: TransactionalResource
  readonly #number = (sequence += 1)
  /** Where somebody listens. */
  readonly #trace: ControlTrace | undefined
  /** How many things are on the connection now: more than one where sending a statement itself runs statements. */
  #running = 0
  /** Who waits until nothing is. */
  #idle: (() => void) | undefined
  #ended = false
  #forcedEnd: Error | undefined
  readonly #expiry: Expiry

  constructor(
    readonly environment: Environment,
    port: TransactionalResource,
    readonly definition: TransactionDefinition,
    { outer, remainingMs, key, root }: Circumstances,
  ) {
    this.#port = port
    this.root = root ?? Block.root(definition.label)
    if (environment.observed) this.#trace = new ControlTrace(environment, { id: this.id, dataSource: port.name })
    this.#controlled = this.root
    this.isolation = runningIsolation(definition, port.defaultIsolation)
    this.readOnly = definition.readOnly ?? false
    this.#expiry = new Expiry(this, remainingMs)
    try {
      this.resource = port.open(new PhysicalOpenRequest(this, outer?.resource, key))
    } catch (refusal) {
      this.#expiry.end()
      throw refusal
    }
  }

  /** Unique within the application, for logs. */
  get id(): string {
    return `${this.#port.name}#${this.#number}`
  }

  /** Aborted when the transaction must not go on. */
  get signal(): AbortSignal | undefined {
    return this.#expiry.signal
  }

  /** Is told how long each wait for a connection took, in milliseconds; set where somebody listens. */
  get onLeased(): ((waitedMs: number) => void) | undefined {
    if (this.#trace === undefined) return undefined
    return waitedMs => {
      this.leaseWaitMs += waitedMs
    }
  }

  /** Why the transaction must stop: its deadline, the caller's signal, or the end of the application. */
  get stopReason(): Error | undefined {
    return this.#forcedEnd ?? this.#expiry.check()
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

  /** Whether a statement, COMMIT or ROLLBACK is under way. */
  get waiting(): boolean {
    return this.#running > 0 || this.ending !== undefined
  }

  /** Whether there is anything to end. */
  get begun(): boolean {
    return this.resource.begun
  }

  begin(): Promise<void> {
    return this.answered('begin', () => this.resource.begin())
  }

  commit(): Prompt<CommitOutcome> {
    return this.answered('commit', () => this.resource.commit())
  }

  rollback(): Promise<void> {
    return this.answered('rollback', () => this.resource.rollback())
  }

  /** What is left until the deadline, in milliseconds; `undefined` without one. */
  remainingMs(): number | undefined {
    return this.#expiry.remainingMs()
  }

  nextSavepoint(): string {
    return `ambit_${(this.#savepoints += 1)}`
  }

  /** Runs `end` when everything is over, behind all hooks. */
  whenOver(end: HookFunction): void {
    this.root.hooks.push(makeLastHook(end, this.definition.label))
  }

  /** Takes a block's turn: at once (`undefined`) or when the promise resolves. No wait outlasts the deadline. */
  take(block: Block, who: string, use?: string, scope?: Scope): Promise<void> | undefined {
    const reason = this.#forcedEnd ?? this.#expiry.reason
    if (reason !== undefined) return Promise.reject(reason)
    const { waitTimeoutMs } = this.environment
    if (scope?.isBounded !== true) return block.turn.take(who, waitTimeoutMs, use)
    return block.turn.take(who, waitTimeoutMs, use, scope.signals)
  }

  /** Runs a scope's statement in its turn, behind the savepoints that its block still lacks. */
  run<T>(scope: Scope, block: Block, text: string, statement: () => Prompt<T>): Prompt<T> {
    const wait = this.take(block, scope.label, text, scope)
    if (wait !== undefined || block.lacksSavepoints) return this.#runLater(wait, scope, block, statement)
    const { turn } = block
    try {
      this.#admit(block, scope)
    } catch (refusal) {
      turn.give()
      throw refusal
    }
    return this.#send(statement, scope, turn)
  }

  /** As {@link run}, in one turn and one write with others of the block that are asked for at the same time. */
  runShared<T>(scope: Scope, block: Block, text: string, statement: () => Prompt<T>): Prompt<T> {
    // One write has one deadline.
    if (scope.isBounded) return this.run(scope, block, text, statement)
    let shared = block.shared
    if (shared?.isOpenBehind(block.turn.arrivals) !== true) {
      block.shared = shared = new SharedTurn()
      this.#lead(shared, scope, block, text)
    }
    return shared.join((asker, answered) => {
      this.#sendFor(asker, answered, { statement, scope, block })
    })
  }

  protected setSavepoint({ savepoint = '' }: Block): Promise<void> {
    return this.resource.savepoint(savepoint)
  }

  /** Sends one thing on the connection, for whoever holds the turn. Checked last: nothing may land behind the end. */
  async control<T>(block: Block, send: () => Prompt<T>): Promise<T> {
    this.#admit(block)
    return this.#send(send)
  }

  /** The resource sends a command of its own. */
  sent(command: string): void {
    this.#trace?.sent(this.#controlled, command)
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
  answered<T>(action: ControlAction, ask: () => Promise<T>): Promise<T>
  answered<T>(action: ControlAction, ask: () => Prompt<T>): Prompt<T>
  answered<T>(action: ControlAction, ask: () => Prompt<T>): Prompt<T> {
    return this.#trace === undefined ? ask() : this.#trace.answered(this.#controlled, action, ask)
  }

  /** Waits for what is on the connection now. */
  async settleRunning(): Promise<void> {
    while (this.#running > 0) {
      await new Promise<void>(resolve => {
        const others = this.#idle
        this.#idle = () => {
          others?.()
          resolve()
        }
      })
    }
  }

  /** Lets go of the timer, the signal and everything a late frame could still hold. */
  end(): void {
    this.#ended = true
    this.#expiry.end()
  }

  #admit(block: Block, scope?: Scope): void {
    if (block.closed) throw this.#forcedEnd ?? new TransactionEndedError(block.label)
    const stopReason = this.stopReason ?? (scope?.isBounded === true ? scope.deadlineError : undefined)
    if (stopReason !== undefined) throw stopReason
  }

  async #runLater<T>(
    wait: Promise<void> | undefined,
    scope: Scope,
    block: Block,
    statement: () => Prompt<T>,
  ): Promise<T> {
    if (wait) await wait
    try {
      await this.#prepare(scope, block)
      return await this.#sendAdmitted(statement, scope, block)
    } finally {
      block.turn.give()
    }
  }

  /** Takes the turn for all who join until it is ours: until everything that runs now has got as far as it can. */
  #lead(shared: SharedTurn, scope: Scope, block: Block, text: string): void {
    const wait = this.take(block, scope.label, text)
    shared.arrived(block.turn.arrivals)
    const send = (): void => this.#sendShared(shared, scope, block)
    if (wait === undefined) process.nextTick(send)
    else wait.then(send, (error: unknown) => shared.refuse(error))
  }

  #sendShared(shared: SharedTurn, scope: Scope, block: Block): void {
    const done = (): void => block.turn.give()
    const send = (): void => shared.send(this.resource, done)
    if (!block.lacksSavepoints) {
      send()
      return
    }
    this.#prepare(scope, block).then(send, (error: unknown) => {
      shared.refuse(error)
      done()
    })
  }

  #sendAdmitted<T>(statement: () => Prompt<T>, scope: Scope, block: Block): Prompt<T> {
    this.#admit(block, scope)
    return this.#send(statement, scope)
  }

  /** Sets the savepoints that a block and those around it still lack. */
  async #prepare(scope: Scope, block: Block): Promise<void> {
    for (const unset of block.unsetSavepoints()) {
      this.#admit(block)
      await this.commanding(unset, 'savepoint', async () => this.#send(() => this.setSavepoint(unset), scope))
      unset.savepointSet = true
    }
  }

  /**
   * What the database refuses a scope is remembered: a COMMIT may yet be answered with ROLLBACK because of it. The turn is
   * given to the next before anybody hears of the answer.
   */
  #send<T>(send: () => Prompt<T>, scope?: Scope, turn?: Turn): Prompt<T> {
    this.#running += 1
    this.#expiry.sender = scope
    let answer: Prompt<T>
    try {
      answer = send()
    } catch (failure) {
      throw this.#failed(failure, scope, turn)
    }
    if (answer instanceof Promise) {
      return answer.then(
        value => {
          this.#over(turn)
          return value
        },
        (failure: unknown) => {
          throw this.#failed(failure, scope, turn)
        },
      )
    }
    this.#over(turn)
    return answer
  }

  /** As {@link #send}, for somebody who is told: a promise less for each of those who share a turn. */
  #sendFor<T>(
    { resolve, refuse }: Asker<T>,
    answered: () => void,
    { statement, scope, block }: SharedStatement<T>,
  ): void {
    const resolved = (value: T): void => {
      this.#over()
      resolve(value)
      answered()
    }
    const refused = (failure: unknown): void => {
      refuse(this.#failed(failure, scope))
      answered()
    }
    try {
      this.#admit(block)
    } catch (refusal) {
      refuse(refusal)
      answered()
      return
    }
    this.#running += 1
    this.#expiry.sender = undefined
    try {
      const answer = statement()
      if (answer instanceof Promise) answer.then(resolved, refused)
      else resolved(answer)
    } catch (failure) {
      refused(failure)
    }
  }

  #failed(failure: unknown, scope: Scope | undefined, turn?: Turn): unknown {
    const error = this.#expiry.causeOf(failure, scope, error => this.#port.isTimeout(error)) ?? failure
    if (scope !== undefined) {
      this.firstRefusal ??= { label: scope.label, error, statement: true }
      scope.note('refused')
    }
    this.#over(turn)
    return error
  }

  #over(turn?: Turn): void {
    this.#running -= 1
    turn?.give()
    if (this.#running > 0) return
    const idle = this.#idle
    this.#idle = undefined
    idle?.()
  }
}
