import { type ContextKey, currentContext, runWithValue } from '../core/async-context'
import { type HookFunction, type HookPhase, makeHook } from './hooks'
import type { IsolationLevel } from './isolation'
import type { SingleStatement } from './options'
import type { PhysicalTransaction } from './physical-transaction'
import { Scope } from './scope'
import type { OpenRequest, ResourceTransaction } from './transactional-resource'

/** What a transaction asks of its database, asked one by one: most transactions are over before much of it is. */
export class PhysicalOpenRequest implements OpenRequest {
  readonly #physical: PhysicalTransaction
  readonly #key: ContextKey<Scope>

  constructor(
    physical: PhysicalTransaction,
    readonly outer: ResourceTransaction | undefined,
    key: ContextKey<Scope>,
  ) {
    this.#physical = physical
    this.#key = key
  }

  get id(): string {
    return this.#physical.id
  }

  get label(): string {
    return this.#physical.definition.label
  }

  get isolation(): IsolationLevel | undefined {
    const { definition, isolation } = this.#physical
    // Otherwise the database gives more by itself.
    return definition.isolation === isolation ? isolation : undefined
  }

  get readOnly(): boolean {
    return this.#physical.readOnly
  }

  get single(): SingleStatement | undefined {
    return this.#physical.definition.single
  }

  get hidden(): boolean {
    return this.outer !== undefined && this.#physical.definition.propagation !== 'REQUIRES_NEW'
  }

  get waitTimeoutMs(): number {
    return this.#physical.environment.waitTimeoutMs
  }

  get signal(): AbortSignal | undefined {
    return this.#physical.signal
  }

  get onLeased(): ((waitedMs: number) => void) | undefined {
    return this.#physical.onLeased
  }

  remainingMs(): number | undefined {
    return this.#physical.remainingMs()
  }

  activity(): string | undefined {
    return this.#physical.root.turn.activity
  }

  unhooked(): boolean {
    const { root } = this.#physical
    return !root.doomed && !root.hooks.some(({ phase }) => phase === 'beforeCommit')
  }

  async within<T>(run: () => Promise<T>): Promise<T> {
    const physical = this.#physical
    const block = physical.root.child(this.label, undefined)
    const place = { physical, block, outer: undefined, calledIn: currentContext() }
    try {
      return await runWithValue(this.#key, new Scope('participant', physical.definition, place), run)
    } finally {
      block.dissolve()
    }
  }

  onControl(command: string): void {
    this.#physical.sent(command)
  }

  addHook(phase: HookPhase, run: HookFunction): void {
    this.#physical.root.hooks.push(makeHook(phase, run, this.label))
  }
}
