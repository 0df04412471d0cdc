import { ComponentDisposalError, type DisposalFailure } from '../errors'
import type { Blueprint } from '../registration'
import type { Scope, ScopeSource } from '../scope'
import { ended, inactive } from '../state-errors'
import { type Ending, NO_HURRY } from './disposal'
import { InstanceStore } from './instance-store'

/** The stores of the lives that are under way, each made with the first component that is asked for in it. */
export class Lives {
  readonly #sources: ReadonlyMap<string, ScopeSource>
  readonly #stores = new WeakMap<object, InstanceStore>()
  readonly #counts = new Map<string, number>()
  readonly #onLate: (failures: readonly DisposalFailure[]) => void

  constructor(sources: ReadonlyMap<string, ScopeSource>, onLate: (failures: readonly DisposalFailure[]) => void) {
    this.#sources = sources
    this.#onLate = onLate
  }

  /** How many lives of each scope have components. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  /**
   * The store of the life that the running code is in.
   *
   * @throws ContainerStateError `AMBIT_DI_SCOPE_INACTIVE`
   */
  store(blueprint: Blueprint): InstanceStore {
    const { scope } = blueprint
    const source = this.#sources.get(scope)
    const life = source?.current()
    if (source === undefined || life === undefined) throw inactive(blueprint, source?.remedy ?? '')
    const known = this.#stores.get(life.key)
    if (known !== undefined) return known
    if (life.ended === true) throw ended(blueprint)
    const store = new InstanceStore(this.#onLate)
    this.#stores.set(life.key, store)
    this.#count(scope, 1)
    life.onEnd((outcome, deadline) => this.#end(store, scope, { outcome, deadline: deadline ?? NO_HURRY.deadline }))
    return store
  }

  /** Makes a component of the life that the running code is in. */
  create<R>({ scope }: Blueprint, make: () => R): R {
    const life = this.#sources.get(scope)?.current()
    return life?.create === undefined ? make() : life.create(make)
  }

  /** Which life of each of some scopes the running code is in. */
  keys(scopes: readonly Scope[]): readonly (object | undefined)[] {
    return scopes.map(scope => this.#sources.get(scope)?.current()?.key)
  }

  async #end(store: InstanceStore, scope: Scope, ending: Ending): Promise<void> {
    const failures = await store.dispose(ending)
    this.#count(scope, -1)
    if (failures.length > 0) throw new ComponentDisposalError(failures, `at the end of the ${scope}`)
  }

  #count(scope: Scope, change: number): void {
    this.#counts.set(scope, (this.#counts.get(scope) ?? 0) + change)
  }
}
