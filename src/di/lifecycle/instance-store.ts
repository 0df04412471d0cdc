import type { Deadline } from '../../core/deadline'
import { type DisposalFailure, DisposalTimeoutError } from '../errors'
import type { Blueprint } from '../registration'
import {
  circleThrough,
  constructNow,
  Construction,
  constructionsOf,
  currentConstruction,
  runConstruction,
  waitFor,
} from './construction'
import { DisposalLedger, type Disposable, type Ending, NO_HURRY } from './disposal'

/** An instance in a box, which tells "built, and it is undefined" from "not built". */
export interface Slot {
  readonly instance: unknown
  /** The lives of other scopes that the instance keeps something of, in the order of its step's `keeps`. */
  readonly lives?: readonly (object | undefined)[]
}

/** How an instance comes to be. */
export interface Recipe {
  readonly blueprint: Blueprint
  /** Notes in the ledger what there is to dispose of, also when it fails half-way. */
  readonly build: (ledger: DisposalLedger) => Slot | Promise<Slot>
  /** The error of components that would wait for each other for ever. */
  readonly circle: (path: readonly string[]) => Error
  /** The error of one that is asked for too late. */
  readonly late: () => Error
}

/** The instances of one life: of the container's own, of one transaction, of one block of `runInScope`. */
export class InstanceStore implements Disposable {
  readonly #ledger = new DisposalLedger()
  readonly #slots = new Map<object, Slot>()
  readonly #pending = new Map<object, Construction>()
  /** Builds of a start that are over when their call has come back, innermost first. No end finds one of them. */
  #now: NowBuild | undefined
  /** What failed builds have left, while it is disposed of. */
  readonly #leftovers = new Map<Promise<unknown>, string>()
  readonly #onLate: (failures: readonly DisposalFailure[]) => void
  #failures: readonly DisposalFailure[] = []
  #state: 'open' | 'ending' | 'ended' = 'open'

  /** `onLate` is told what fails after the end, when a build that nobody waits for any more comes to its own. */
  constructor(onLate: (failures: readonly DisposalFailure[]) => void = () => undefined) {
    this.#onLate = onLate
  }

  read(key: object): Slot | undefined {
    return this.#slots.get(key)
  }

  /**
   * Has an instance built if there is none. Returns a promise only where something has to be waited for. However many ask at
   * once, it is built once; one that fails leaves nothing, so that the next to ask tries again.
   *
   * @throws what `circle` makes of the names of components that would wait for each other for ever; what `late` makes at the end
   */
  ensure(key: object, recipe: Recipe): Slot | Promise<Slot> {
    const pending = this.#pending.get(key) ?? this.#builtNow(key)
    if (pending === undefined) return this.#slots.get(key) ?? this.#build(key, recipe)
    const chain = currentConstruction()
    const path = circleThrough(pending, chain)
    if (path !== undefined) throw recipe.circle(path)
    // Without a promise it is further up this very call stack, behind a change of context.
    if (pending.promise === undefined) throw recipe.circle([recipe.blueprint.name])
    return this.#awaited(key, waitFor(pending, chain?.construction), recipe)
  }

  /** Has an instance built that is not there and has nothing to wait for; to whoever asks meanwhile it is under construction. */
  buildNow(blueprint: Blueprint, build: (ledger: DisposalLedger) => Slot): void {
    const construction = new Construction(blueprint, this)
    const ledger = new DisposalLedger()
    const below = this.#now
    this.#now = { construction, below }
    try {
      this.#keep(
        blueprint,
        constructNow(construction, () => build(ledger)),
        ledger,
      )
    } catch (error) {
      this.#discard(ledger, blueprint.name)
      throw error
    } finally {
      this.#now = below
    }
  }

  #builtNow(key: object): Construction | undefined {
    for (let at = this.#now; at !== undefined; at = at.below) {
      if (at.construction.blueprint === key) return at.construction
    }
    return undefined
  }

  /** Takes no more builds, waits for those under way, then disposes of everything, last made first. */
  async dispose(ending: Ending): Promise<readonly DisposalFailure[]> {
    this.#state = 'ending'
    const unfinished = await this.#settle(ending.deadline)
    const disposed = await this.#ledger.dispose(ending)
    this.#state = 'ended'
    this.#slots.clear()
    return [...this.#failures, ...unfinished, ...disposed]
  }

  #build(key: object, recipe: Recipe): Slot | Promise<Slot> {
    if (!this.#admits()) throw recipe.late()
    const construction = new Construction(recipe.blueprint, this)
    const ledger = new DisposalLedger()
    this.#pending.set(key, construction)
    try {
      const made = runConstruction(construction, () => recipe.build(ledger))
      if (made instanceof Promise) return this.#awaited(key, this.#await(key, { construction, ledger, made }), recipe)
      this.#keep(key, made, ledger)
      this.#pending.delete(key)
      return this.#kept(key, recipe)
    } catch (error) {
      this.#pending.delete(key)
      this.#discard(ledger, recipe.blueprint.name)
      throw error
    }
  }

  #await(key: object, { construction, ledger, made }: Underway): Promise<void> {
    const requester = currentConstruction()?.construction
    construction.promise = made
      .then(
        slot => {
          this.#keep(key, slot, ledger)
        },
        (error: unknown) => {
          this.#discard(ledger, construction.blueprint.name)
          throw error
        },
      )
      .finally(() => this.#pending.delete(key))
    return waitFor(construction, requester)
  }

  /** Whoever awaits it hears of a failure; a caller who could not wait has an error of its own. */
  #awaited(key: object, wait: Promise<void>, recipe: Recipe): Promise<Slot> {
    const slot = wait.then(() => this.#kept(key, recipe))
    slot.catch(() => undefined)
    return slot
  }

  #kept(key: object, recipe: Recipe): Slot {
    const slot = this.#slots.get(key)
    if (slot === undefined) throw recipe.late()
    return slot
  }

  /** While a life ends, only what its unfinished builds need is built. */
  #admits(): boolean {
    if (this.#state === 'open') return true
    if (this.#state === 'ended') return false
    const unfinished = new Set(this.#pending.values())
    return constructionsOf(currentConstruction()).some(construction => unfinished.has(construction))
  }

  #keep(key: object, slot: Slot, ledger: DisposalLedger): void {
    this.#ledger.take(ledger)
    if (this.#state !== 'ended') this.#slots.set(key, slot)
    else void this.#ledger.dispose(NO_HURRY).then(this.#onLate)
  }

  #discard(ledger: DisposalLedger, component: string): void {
    if (ledger.isEmpty) return
    const leftover = ledger.dispose(NO_HURRY).then(failures => {
      this.#leftovers.delete(leftover)
      if (this.#state === 'ended') this.#onLate(failures)
      else this.#failures = [...this.#failures, ...failures]
    })
    this.#leftovers.set(leftover, component)
  }

  /** Waits for builds and leftovers, which may bring further ones; answers those that the deadline has cut off. */
  async #settle(deadline: Deadline): Promise<readonly DisposalFailure[]> {
    for (;;) {
      const builds = [...this.#pending.values()].flatMap(({ promise }) => promise ?? [])
      const work = [...builds, ...this.#leftovers.keys()]
      if (work.length === 0) return []
      if (await deadline.meets(Promise.allSettled(work))) continue
      const unfinished = [
        ...[...this.#pending.values()].map(({ blueprint }) => blueprint.name),
        ...this.#leftovers.values(),
      ]
      return unfinished.map(component => ({
        component,
        error: new DisposalTimeoutError(component, deadline.timeoutMs ?? 0),
      }))
    }
  }
}

interface NowBuild {
  readonly construction: Construction
  readonly below: NowBuild | undefined
}

interface Underway {
  readonly construction: Construction
  readonly ledger: DisposalLedger
  readonly made: Promise<Slot>
}
