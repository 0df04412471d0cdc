import { ContextKey, contextValue, runWithValue } from '../../core/async-context'
import type { Deadline } from '../../core/deadline'
import type { EndOfLife, ScopeLife } from '../scope'

/** One life of a scope whose lives are blocks of `runInScope`. It ends with its last holder: a block, or a handle on it. */
export class BlockLife implements ScopeLife {
  readonly #onEnding: (life: BlockLife) => void
  #whenOver: EndOfLife = () => Promise.resolve()
  #holders = 0
  #ended = false
  #over = false
  #ending: Promise<void> | undefined

  constructor(
    readonly scope: object,
    onEnding: (life: BlockLife) => void,
  ) {
    this.#onEnding = onEnding
  }

  get key(): this {
    return this
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Whether its components have been disposed of, too. */
  get over(): boolean {
    return this.#over
  }

  onEnd(end: EndOfLife): void {
    this.#whenOver = end
  }

  hold(): void {
    this.#holders += 1
  }

  /** @throws ComponentDisposalError `AMBIT_DI_DISPOSAL` to the last holder */
  async leave(): Promise<void> {
    this.#holders -= 1
    if (this.#holders === 0) await this.end()
  }

  /** Ends the life whoever is still in it; runs inside it, so that its components still find each other. */
  end(deadline?: Deadline): Promise<void> {
    this.#ending ??= this.#end(deadline)
    return this.#ending
  }

  async #end(deadline: Deadline | undefined): Promise<void> {
    this.#ended = true
    this.#onEnding(this)
    const inside = { life: this, outer: entered(), ending: true }
    try {
      await runWithValue(enteredKey, inside, () => this.#whenOver(undefined, deadline))
    } finally {
      this.#over = true
    }
  }
}

/** A life that the running code is in, and those around it. */
export interface Entered {
  readonly life: BlockLife
  readonly outer: Entered | undefined
  /** Whether this is the disposal of its components, which may do what its blocks may. */
  readonly ending?: boolean
}

/**
 * The innermost life that the running code is in. It stays visible to detached work, which belongs to its request all the
 * same, and to work that outlives the block: that is refused, and gets no new life.
 */
export const enteredKey = new ContextKey<Entered>('scopes entered', false)

export function entered(): Entered | undefined {
  return contextValue(enteredKey)
}

/** Whether the running code is in a block that has not ended, or is a part of the end of one. */
export function inOpenBlock(): boolean {
  for (let at = entered(); at !== undefined; at = at.outer) {
    const { life, ending } = at
    if (ending === true ? !life.over : !life.ended) return true
  }
  return false
}
