import { ContextKey, contextValue, runWithValue } from '../../core/async-context'
import type { Blueprint } from '../registration'
import { DisposalLedger } from './disposal'

/** An instance in a box, which tells "built, and it is undefined" from "not built". */
export interface Slot {
  readonly instance: unknown
}

/** The instances of one life: of the container's own, or of one transaction. */
export class InstanceStore {
  readonly ledger = new DisposalLedger()
  readonly #slots = new Map<Blueprint, Slot>()
  readonly #pending = new Map<Blueprint, Promise<void>>()
  /** Which component, while it is being built, waits for which. */
  readonly #waits = new Map<Blueprint, Blueprint>()

  read(blueprint: Blueprint): Slot | undefined {
    return this.#slots.get(blueprint)
  }

  write(blueprint: Blueprint, instance: unknown): void {
    this.#slots.set(blueprint, { instance })
  }

  /**
   * Has an instance built if there is none; `build` writes it. Returns a promise only where something has to be waited for.
   * However many ask at once, it is built once; one that fails leaves nothing, so that the next to ask tries again.
   *
   * @throws what `circle` makes of the names of components that would wait for each other for ever
   */
  ensure(blueprint: Blueprint, { build, circle }: Construction): void | Promise<void> {
    if (this.#slots.has(blueprint)) return undefined
    const chain = contextValue(buildingKey)?.filter(each => each.store === this) ?? []
    const path = this.#circleThrough(blueprint, chain)
    if (path !== undefined) throw circle(path)
    const pending = this.#pending.get(blueprint)
    if (pending === undefined) return this.#build(blueprint, build)
    const [requester] = chain
    return requester === undefined ? pending : this.#wait(requester.blueprint, blueprint, pending)
  }

  /** Waits for what is being built, then disposes of everything, last made first. */
  async end(outcome?: unknown): ReturnType<DisposalLedger['disposeAll']> {
    await Promise.allSettled(this.#pending.values())
    const failures = await this.ledger.disposeAll(outcome)
    this.#slots.clear()
    return failures
  }

  #build(blueprint: Blueprint, build: Construction['build']): void | Promise<void> {
    const chain = [{ store: this, blueprint }, ...(contextValue(buildingKey) ?? [])]
    const made = runWithValue(buildingKey, chain, build)
    if (made === undefined) return undefined
    const pending = made.finally(() => this.#pending.delete(blueprint))
    this.#pending.set(blueprint, pending)
    // Whoever awaits it hears of its failure; a caller who could not wait has an error of its own.
    pending.catch(() => undefined)
    return pending
  }

  async #wait(requester: Blueprint, awaited: Blueprint, pending: Promise<void>): Promise<void> {
    this.#waits.set(requester, awaited)
    try {
      await pending
    } finally {
      this.#waits.delete(requester)
    }
  }

  /** The way from `wanted` back to a component that is being built for the caller, by who waits for whom. */
  #circleThrough(wanted: Blueprint, chain: readonly Building[]): readonly string[] | undefined {
    const way: string[] = []
    for (let at: Blueprint | undefined = wanted; at !== undefined; at = this.#waits.get(at)) {
      way.push(at.name)
      const start = chain.findIndex(({ blueprint }) => blueprint === at)
      if (start >= 0) return [...namesOf(chain.slice(0, start + 1)).reverse(), ...way]
    }
    return undefined
  }
}

/** How an instance comes to be. */
export interface Construction {
  readonly build: () => void | Promise<void>
  readonly circle: (path: readonly string[]) => Error
}

interface Building {
  readonly store: InstanceStore
  readonly blueprint: Blueprint
}

/** What is being built for the running code, innermost first. */
const buildingKey = new ContextKey<readonly Building[]>('components under construction', false)

function namesOf(chain: readonly Building[]): string[] {
  return chain.map(({ blueprint }) => blueprint.name)
}
