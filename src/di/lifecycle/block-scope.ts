import type { ScopeSource } from '../scope'
import { BlockLife, entered } from './block-life'

/** One scope of a container whose lives are blocks of `runInScope`: its lives that are under way. */
export class BlockScope implements ScopeSource {
  readonly #byId = new Map<string, BlockLife>()
  readonly #open = new Set<BlockLife>()

  constructor(readonly name: string) {}

  get remedy(): string {
    return `Ask for it inside a block of runInScope('${this.name}', …).`
  }

  /** The lives that have not ended, oldest first. */
  get open(): readonly BlockLife[] {
    return [...this.#open]
  }

  current(): BlockLife | undefined {
    for (let at = entered(); at !== undefined; at = at.outer) if (at.life.scope === this) return at.life
    return undefined
  }

  /** The life with an id, with one more holder; without an id a new one. */
  hold(id: string | undefined): BlockLife {
    const life = (id === undefined ? undefined : this.#byId.get(id)) ?? this.#begin(id)
    life.hold()
    return life
  }

  /** From the first moment of its end on, its id stands for nothing: whoever comes then begins a life of its own. */
  #begin(id: string | undefined): BlockLife {
    const life = new BlockLife(this, ending => {
      this.#open.delete(ending)
      if (id !== undefined) this.#byId.delete(id)
    })
    this.#open.add(life)
    if (id !== undefined) this.#byId.set(id, life)
    return life
  }
}
