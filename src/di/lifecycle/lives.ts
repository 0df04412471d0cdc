import { ComponentDisposalError } from '../errors'
import type { PassingScope, ScopeSources } from '../scope'
import { InstanceStore } from './instance-store'

/** The stores of the lives that are under way, each made with the first component that is asked for in it. */
export class Lives {
  readonly #sources: ScopeSources
  readonly #stores = new WeakMap<object, InstanceStore>()

  constructor(sources: ScopeSources) {
    this.#sources = sources
  }

  remedy(scope: PassingScope): string {
    return this.#sources[scope]?.remedy ?? ''
  }

  /** The store of the life that the running code is in; `undefined` where there is none. */
  current(scope: PassingScope): InstanceStore | undefined {
    const life = this.#sources[scope]?.current()
    if (life === undefined) return undefined
    const known = this.#stores.get(life.key)
    if (known !== undefined) return known
    const store = new InstanceStore()
    this.#stores.set(life.key, store)
    life.onEnd(outcome => endOf(store, scope, outcome))
    return store
  }
}

async function endOf(store: InstanceStore, scope: PassingScope, outcome: unknown): Promise<void> {
  const failures = await store.end(outcome)
  if (failures.length > 0) throw new ComponentDisposalError(failures, `at the end of the ${scope}`)
}
