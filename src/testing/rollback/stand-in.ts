import type { Prompt } from '../../core/prompt'
import type { Block } from '../../tx/block'
import { TransactionEndedError } from '../../tx/errors'
import type { ControlAction } from '../../tx/execution-listener'
import type { TransactionDefinition } from '../../tx/options'
import type { Circumstances } from '../../tx/circumstances'
import { PhysicalTransaction } from '../../tx/physical-transaction'
import type { Scope } from '../../tx/scope'
import type {
  CommitOutcome,
  OpenRequest,
  ResourceTransaction,
  TransactionalResource,
} from '../../tx/transactional-resource'
import { type Host, type Place, settleGuests } from './host'
import type { RootTransaction } from './root-transaction'

/**
 * A savepoint that stands in for a transaction of its own: setting it is its BEGIN, releasing it its COMMIT. The scopes in it
 * notice no difference; retry, deadlines, hooks and rollback-only are the engine's as ever.
 *
 * As a transaction takes a connection with its first statement, a stand-in takes the turn of the block around it, and keeps
 * it until its end: those beside it wait.
 */
export class StandIn extends PhysicalTransaction implements Host {
  readonly guests = new Set<PhysicalTransaction>()
  readonly place: Place
  readonly trunk: RootTransaction
  readonly #request: OpenRequest
  #preparing: Promise<void> | undefined
  #holdsTurn = false
  #isSet = false
  #wrote = false
  /** Commands of its end that are on the connection. */
  readonly #commands = new Set<Promise<unknown>>()
  /** The transaction around it was aborted by the database, and must be so again afterwards. */
  #hostAborted = false

  constructor(
    port: TransactionalResource,
    definition: TransactionDefinition,
    circumstances: Circumstances,
    { trunk, place }: { readonly trunk: RootTransaction; readonly place: Place },
  ) {
    const root = place.block.standIn(definition.label, trunk.nextSavepoint())
    const hosted = new HostedPort(port, trunk.resource, () => this.#isSet)
    super(trunk.environment, hosted, definition, { ...circumstances, root })
    this.place = place
    this.trunk = trunk
    this.#request = hosted.request
    place.host.guests.add(this)
  }

  override get begun(): boolean {
    return this.#holdsTurn
  }

  override begin(): Promise<void> {
    return this.prepare()
  }

  override async run<T>(scope: Scope, block: Block, text: string, statement: () => Prompt<T>): Promise<T> {
    try {
      return await super.run(scope, block, text, () => this.trunk.sendingFor(this, statement))
    } finally {
      this.#wrote ||= scope.wrote
    }
  }

  /** Each in a turn of its own: the turn around it is taken with the first. */
  override runShared<T>(scope: Scope, block: Block, text: string, statement: () => Prompt<T>): Promise<T> {
    return this.run(scope, block, text, statement)
  }

  override commanding<T>(block: Block, action: ControlAction, send: () => Promise<T>): Promise<T> {
    return this.trunk.commanding(block, action, send)
  }

  override nextSavepoint(): string {
    return this.trunk.nextSavepoint()
  }

  protected override async setSavepoint(unset: Block): Promise<void> {
    await this.prepare()
    if (!unset.savepointSet) await super.setSavepoint(unset)
  }

  /** Takes the turn and sets the savepoint: once, whoever asks first. */
  prepare(): Promise<void> {
    this.#preparing ??= this.#prepare().catch((error: unknown) => {
      this.#preparing = undefined
      throw error
    })
    return this.#preparing
  }

  override async commit(): Promise<CommitOutcome> {
    try {
      if (this.#lostItsHost) return { kind: 'rolled-back', cause: new TransactionEndedError(this.place.block.label) }
      if (this.#wrote) await this.#command('setting', async () => this.resource.checkDeferred?.())
      await this.#command('release', () => this.resource.release(this.#savepoint))
      return { kind: 'committed' }
    } catch (error) {
      await this.#undo()
      // What the database had refused before is the better reason: that is why it refuses now.
      return { kind: 'rolled-back', cause: this.firstRefusal === undefined ? error : undefined }
    } finally {
      await this.#leave()
    }
  }

  override async rollback(): Promise<void> {
    try {
      if (!this.#lostItsHost) await this.#undo()
    } finally {
      await this.#leave()
    }
  }

  override async settleRunning(): Promise<void> {
    await super.settleRunning()
    await Promise.allSettled(this.#commands)
    await settleGuests(this)
  }

  override end(): void {
    super.end()
    this.place.host.guests.delete(this)
  }

  get #savepoint(): string {
    return this.root.savepoint ?? ''
  }

  /** Rolled back with what is around it, its savepoint is gone. */
  get #lostItsHost(): boolean {
    return this.place.block.closed
  }

  async #prepare(): Promise<void> {
    await this.place.host.prepare()
    await this.#takeTurn()
    this.#holdsTurn = true
    this.place.block.turn.useFor(this.root.turn)
    try {
      // It may come in the very moment in which the transaction ends.
      if (this.root.closed) throw new TransactionEndedError(this.root.label)
      await this.#setSavepoints()
    } catch (error) {
      this.#giveTurn()
      throw error
    }
    this.#isSet = true
  }

  /** A wait for the turn is a wait for a connection: it ends with the deadline and the caller's signal. */
  async #takeTurn(): Promise<void> {
    const { host, block } = this.place
    const wait = host.take(block, this.definition.label)
    if (wait === undefined) return
    await abortable(wait, this.#request.signal, () => {
      block.turn.give()
    })
  }

  async #setSavepoints(): Promise<void> {
    try {
      await this.#setAll()
    } catch (error) {
      const { host, block } = this.place
      const around = nearestSet(block)
      // Only a refused statement aborts what is around it, and the root itself is never asked for one.
      if (host.firstRefusal === undefined || around?.savepoint === undefined) throw error
      const { savepoint } = around
      // What is around it can only roll back to there; a transaction of its own would not care.
      await this.#command('rollback-to', () => this.resource.rollbackTo(savepoint))
      this.#hostAborted = true
      await this.#setAll()
    }
  }

  async #setAll(): Promise<void> {
    for (const unset of this.root.unsetSavepoints()) {
      const readOnly = unset === this.root && this.readOnly
      await this.#command('savepoint', () => this.resource.savepoint(unset.savepoint ?? '', readOnly), unset)
      unset.savepointSet = true
    }
  }

  async #undo(): Promise<void> {
    if (!this.#isSet) return
    await this.#command('rollback-to', () => this.resource.rollbackTo(this.#savepoint))
    await this.#command('release', () => this.resource.release(this.#savepoint))
  }

  /** Gives back what it held, before any hook runs. */
  async #leave(): Promise<void> {
    // PostgreSQL knows no other way to put a transaction back into the state that the failed statement had left.
    if (this.#hostAborted && !this.#lostItsHost)
      await this.#command('rollback-to', () => this.resource.rollbackTo(`${this.#savepoint}_aborted`)).catch(
        () => undefined,
      )
    this.#giveTurn()
  }

  #giveTurn(): void {
    if (!this.#holdsTurn) return
    this.#holdsTurn = false
    this.place.block.turn.give()
  }

  async #command<T>(action: ControlAction, send: () => Promise<T>, block = this.root): Promise<T> {
    const command = this.trunk.commanding(block, action, send)
    this.#commands.add(command)
    try {
      return await command
    } finally {
      this.#commands.delete(command)
    }
  }
}

/** Waits until something is ours, or until the signal: then it is given back when it comes. */
function abortable(wait: Promise<void>, signal: AbortSignal | undefined, giveBack: () => void): Promise<void> {
  if (signal === undefined) return wait
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    wait
      .then(() => (signal.aborted ? giveBack() : resolve()), reject)
      .finally(() => {
        signal.removeEventListener('abort', onAbort)
      })
  })
}

/** The nearest block with a savepoint on the server. */
function nearestSet(block: Block): Block | undefined {
  for (let at: Block | undefined = block; at; at = at.parent) if (at.savepointSet) return at
  return undefined
}

/** The database as a stand-in sees it: opening a transaction there gives the one that is open already. */
class HostedPort implements TransactionalResource {
  request!: OpenRequest
  readonly #port: TransactionalResource
  readonly #resource: ResourceTransaction
  readonly #begun: () => boolean

  constructor(port: TransactionalResource, resource: ResourceTransaction, begun: () => boolean) {
    this.#port = port
    this.#resource = resource
    this.#begun = begun
  }

  get name(): TransactionalResource['name'] {
    return this.#port.name
  }

  get isolationLevels(): TransactionalResource['isolationLevels'] {
    return this.#port.isolationLevels
  }

  get defaultIsolation(): TransactionalResource['defaultIsolation'] {
    return this.#port.defaultIsolation
  }

  open(request: OpenRequest): ResourceTransaction {
    this.request = request
    this.#port.standIn?.(request, this.#begun)
    return this.#resource
  }

  isTransient(error: unknown): boolean {
    return this.#port.isTransient(error)
  }

  isTimeout(error: unknown): boolean {
    return this.#port.isTimeout(error)
  }
}
