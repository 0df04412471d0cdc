import type { Deadline } from '../../core/deadline'
import { ComponentDisposalError, type DisposalFailure, DisposalTimeoutError } from '../errors'
import type { BuildStep } from '../planning/graph'
import type { Blueprint } from '../registration'
import { circle } from '../state-errors'
import type { ComponentBuilder } from './builder'
import { Construction, constructionsOf, currentConstruction, runConstruction, waitFor } from './construction'
import { DisposalLedger, isObject, NO_HURRY } from './disposal'
import type { Slot } from './instance-store'

/** Makes prototypes that somebody asks for directly. They belong to the caller: the container keeps no reference. */
export class Prototypes {
  readonly #builder: ComponentBuilder
  readonly #onLate: (failures: readonly DisposalFailure[]) => void
  /** What there is to dispose of with an instance, itself included. */
  readonly #ledgers = new WeakMap<object, DisposalLedger>()
  /** What is being made, or given up, and its name. */
  readonly #underway = new Map<Promise<unknown>, string>()

  constructor(builder: ComponentBuilder, onLate: (failures: readonly DisposalFailure[]) => void) {
    this.#builder = builder
    this.#onLate = onLate
  }

  make(step: BuildStep): Slot | Promise<Slot> {
    this.#refuseEndless(step.blueprint)
    const ledger = new DisposalLedger()
    const construction = new Construction(step.blueprint, this)
    try {
      const build = (): Slot | Promise<Slot> => this.#builder.build(step, ledger)
      const made = runConstruction(construction, build)
      if (!(made instanceof Promise)) return this.#handOver(made, ledger)
      return this.#awaited(construction, this.#track(made, step.blueprint.name, ledger))
    } catch (error) {
      this.#discard(ledger, step.blueprint.name)
      throw error
    }
  }

  /** Disposes of an instance, then of the prototypes that it was given. Once: whatever else it is given has nothing to do. */
  async release(instance: object): Promise<void> {
    const ledger = this.#ledgers.get(instance)
    this.#ledgers.delete(instance)
    const failures = (await ledger?.dispose(NO_HURRY)) ?? []
    if (failures.length > 0) throw new ComponentDisposalError(failures, 'while an instance was released')
  }

  /** Waits for those that are being made, or given up, whose needs must not be disposed of meanwhile. */
  async settle(deadline: Deadline): Promise<readonly DisposalFailure[]> {
    while (this.#underway.size > 0) {
      if (await deadline.meets(Promise.allSettled(this.#underway.keys()))) continue
      return [...this.#underway.values()].map(component => ({
        component,
        error: new DisposalTimeoutError(component, deadline.timeoutMs ?? 0),
      }))
    }
    return []
  }

  /** Whoever asks for one while it is built itself waits for what that waits for. */
  async #awaited(construction: Construction, made: Promise<Slot>): Promise<Slot> {
    construction.promise = made.then(() => undefined)
    await waitFor(construction, currentConstruction()?.construction)
    return made
  }

  async #track(made: Promise<Slot>, name: string, ledger: DisposalLedger): Promise<Slot> {
    this.#underway.set(made, name)
    try {
      return this.#handOver(await made, ledger)
    } catch (error) {
      this.#discard(ledger, name)
      throw error
    } finally {
      this.#underway.delete(made)
    }
  }

  #discard(ledger: DisposalLedger, name: string): void {
    if (ledger.isEmpty) return
    const discarded = ledger.dispose(NO_HURRY).then(failures => {
      this.#underway.delete(discarded)
      this.#onLate(failures)
    })
    this.#underway.set(discarded, name)
  }

  #handOver(slot: Slot, ledger: DisposalLedger): Slot {
    if (!ledger.isEmpty && isObject(slot.instance)) this.#ledgers.set(slot.instance, ledger)
    return slot
  }

  /** One may make others of its kind; one whose every instance makes another one never comes to an end. */
  #refuseEndless(blueprint: Blueprint): void {
    const chain = currentConstruction()
    if (chain === undefined || chain.depth < MAX_DEPTH) return
    const names = constructionsOf(chain).map(construction => construction.blueprint.name)
    const again = names.indexOf(blueprint.name)
    throw circle([...names.slice(0, Math.min(again + 1 || 1, SHOWN)).reverse(), blueprint.name])
  }
}

const MAX_DEPTH = 200
const SHOWN = 10
