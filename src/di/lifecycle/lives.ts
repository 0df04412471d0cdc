import { ComponentDisposalError, type DisposalFailure } from '../errors'
import type { Blueprint } from '../registration'
import type { EndOfLife, Scope, ScopeSource } from '../scope'
import { ended, inactive } from '../state-errors'
import { type Ending, NO_HURRY } from './disposal'
import { InstanceStore } from './instance-store'

/** What the lives of a container are made of. */
export interface LivesParts {
  readonly sources: ReadonlyMap<string, ScopeSource>
  /** Those of the container around, which has a part of the same lives. */
  readonly outer: Lives | undefined
  /** Is told what fails after the end. */
  readonly onLate: (failures: readonly DisposalFailure[]) => void
}

/** What a container has of one life, and the ends of what containers inside have of it. */
interface LifeOfContainer {
  readonly store: InstanceStore
  readonly inside: EndOfLife[]
}

/** The stores of the lives that are under way, each made with the first component that is asked for in it. */
export class Lives {
  readonly #sources: ReadonlyMap<string, ScopeSource>
  readonly #outer: Lives | undefined
  readonly #known = new WeakMap<object, LifeOfContainer>()
  readonly #counts = new Map<string, number>()
  readonly #onLate: (failures: readonly DisposalFailure[]) => void

  constructor({ sources, outer, onLate }: LivesParts) {
    this.#sources = sources
    this.#outer = outer
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
    return this.#current(blueprint).store
  }

  #current(blueprint: Blueprint): LifeOfContainer {
    const { scope } = blueprint
    const source = this.#sources.get(scope)
    const life = source?.current()
    if (source === undefined || life === undefined) throw inactive(blueprint, source?.remedy ?? '')
    const known = this.#known.get(life.key)
    if (known !== undefined) return known
    if (life.ended === true) throw ended(blueprint)
    const made: LifeOfContainer = { store: new InstanceStore(this.#onLate), inside: [] }
    this.#known.set(life.key, made)
    this.#count(scope, 1)
    const end: EndOfLife = (outcome, deadline) =>
      this.#end(made, scope, { outcome, deadline: deadline ?? NO_HURRY.deadline })
    if (this.#outer === undefined) life.onEnd(end)
    else this.#outer.#current(blueprint).inside.push(end)
    return made
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

  /** Those of containers inside first, whose components may need the ones of this container. */
  async #end({ store, inside }: LifeOfContainer, scope: Scope, ending: Ending): Promise<void> {
    const failures: DisposalFailure[] = []
    for (const end of inside.reverse()) failures.push(...(await failuresOf(end(ending.outcome, ending.deadline))))
    failures.push(...(await store.dispose(ending)))
    this.#count(scope, -1)
    if (failures.length > 0) throw new ComponentDisposalError(failures, `at the end of the ${scope}`)
  }

  #count(scope: Scope, change: number): void {
    this.#counts.set(scope, (this.#counts.get(scope) ?? 0) + change)
  }
}

/** What an end has failed with: all else has had its turn. */
async function failuresOf(end: Promise<void>): Promise<readonly DisposalFailure[]> {
  try {
    await end
    return []
  } catch (error) {
    return error instanceof ComponentDisposalError ? error.failures : [{ component: 'a scope', error }]
  }
}
