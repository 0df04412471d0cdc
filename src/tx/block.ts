import { TransactionEndedError } from './errors'
import { type Hook, hooksOfRolledBackSavepoint, inOrder } from './hooks'
import type { SharedTurn } from './shared-turn'
import { Turn } from './turn'

/** Why a block can no longer commit. */
export interface Doom {
  /** The method whose failure, or `setRollbackOnly`, doomed it. */
  readonly label: string
  /** The failure, `undefined` for `setRollbackOnly`. */
  readonly error: unknown
  /** Whether it is a statement of the method that was refused: the method itself may have swallowed that. */
  readonly statement?: boolean
}

const NONE: readonly Block[] = []

/**
 * A stretch of a physical transaction that commits or rolls back as one: the whole of it, or one NESTED savepoint.
 *
 * Each block has a turn of its own. A nested block holds one turn of its parent for its whole life, so its descendants
 * pass while its siblings wait: parallel savepoints cannot interleave.
 */
export class Block {
  readonly turn = new Turn()
  /** The turn that statements may join now, if any. */
  shared: SharedTurn | undefined
  /** Hooks registered in this block, in order; a released savepoint hands them to its parent. */
  hooks: Hook[] = []
  doom: Doom | undefined
  /** The boundary that owns it, for traces. */
  boundary = 0
  /** The owner's own decision: roll back without an error. */
  rollbackOnly = false
  /** Whether the savepoint exists on the server: it is set with the block's first statement. */
  savepointSet = false
  // Most blocks have neither, and every transaction would pay for the tables of empty sets.
  #children: Set<Block> | undefined
  #watchers: Set<() => void> | undefined
  /** What puts objects back, last first, when the work in this block is undone. */
  #undos: (() => void)[] = []

  private constructor(
    readonly label: string,
    readonly parent: Block | undefined,
    readonly savepoint: string | undefined,
    /** Whether it stands for a transaction of its own: what dooms the block around it is then none of its concern. */
    readonly independent: boolean,
  ) {
    if (parent) (parent.#children ??= new Set()).add(this)
  }

  static root(label: string): Block {
    return new Block(label, undefined, undefined, true)
  }

  /** A block with a savepoint of that name, or without one for beforeCommit hooks. */
  child(label: string, savepoint: string | undefined): Block {
    return new Block(label, this, savepoint, false)
  }

  /** A block that stands for a transaction of its own, under a test root. */
  standIn(label: string, savepoint: string): Block {
    return new Block(label, this, savepoint, true)
  }

  /** Whether this block or one around it is over: also for a block that was made behind its parent's end. */
  get closed(): boolean {
    return this.turn.closed || (this.parent?.closed ?? false)
  }

  /** Whether this block or one around it cannot commit. */
  get doomed(): boolean {
    return this.doom !== undefined || this.rollbackOnly || (!this.independent && (this.parent?.doomed ?? false))
  }

  /** Why it cannot commit: its own reason, or the nearest one around it. */
  get reason(): Doom | undefined {
    if (this.doom) return this.doom
    if (this.rollbackOnly) return { label: this.label, error: undefined }
    return this.independent ? undefined : this.parent?.reason
  }

  /** The first failure wins: it is the one that the caller must hear of. */
  doomWith(doom: Doom): void {
    this.doom ??= doom
  }

  /** The blocks whose savepoint the next statement must set first, outermost first. */
  unsetSavepoints(): readonly Block[] {
    if (this.parent === undefined) return NONE
    const around = this.parent.unsetSavepoints()
    return this.savepoint === undefined || this.savepointSet ? around : [...around, this]
  }

  /** Whether a statement must set savepoints first. */
  get lacksSavepoints(): boolean {
    if (this.parent === undefined) return false
    return (this.savepoint !== undefined && !this.savepointSet) || this.parent.lacksSavepoints
  }

  /** Adds hooks, all in the order of their registration. */
  take(hooks: readonly Hook[]): void {
    this.hooks = inOrder([...this.hooks, ...hooks])
  }

  /** `undo` puts back what was written into objects along with rows; it must not throw, and sends no SQL. */
  onUndo(undo: () => void): void {
    this.#undos.push(undo)
  }

  /**
   * Its rows are rolled back, and what was written into objects with them. Setters of the program's own may fail: that keeps
   * neither the other objects from it nor the rows from their ROLLBACK.
   */
  undone(report: (failure: Error) => void): void {
    for (const undo of this.#undos.splice(0).reverse()) {
      try {
        undo()
      } catch (cause) {
        report(new Error('An object could not be put back to what it was before its row was rolled back.', { cause }))
      }
    }
  }

  /**
   * Nothing is put back any more. What would have been is let go: garbage that is old keeps what it refers to, so that all
   * objects of a transaction grew old with it.
   */
  forgetUndos(): void {
    this.#undos = []
  }

  /** The work of an inner block has become work of this one. */
  adopt(inner: Block): void {
    this.#undos = [...this.#undos, ...inner.#undos.splice(0)]
  }

  /** Gives its hooks away. */
  drainHooks(): Hook[] {
    return this.hooks.splice(0)
  }

  /** Has `over` called when the block is closed; the answer takes that back. */
  whenClosed(over: () => void): () => void {
    const watchers = (this.#watchers ??= new Set())
    watchers.add(over)
    return () => watchers.delete(over)
  }

  /** Rejects everyone who waits for a turn in this block or inside it; the holders go on. */
  expel(reason: Error): void {
    this.turn.expel(reason)
    for (const child of this.#children ?? NONE) child.expel(reason)
  }

  /**
   * Refuses further work in this block and in all inside it. A block that is still open inside a closing one has
   * failed with it, so only its hooks about a rollback are kept. `report` is told of each refusal: a block that closes
   * in order to commit does so without the work of those who still wait.
   */
  close(report?: (refusal: Error) => void): void {
    this.turn.close(() => {
      const refusal = new TransactionEndedError(this.label)
      report?.(refusal)
      return refusal
    })
    for (const child of this.#children ?? NONE) {
      child.close(report)
      this.take(hooksOfRolledBackSavepoint(child.drainHooks()))
      this.adopt(child)
    }
    if (this.parent) this.parent.#children?.delete(this)
    const watchers = this.#watchers
    if (watchers === undefined) return
    for (const over of watchers) over()
    watchers.clear()
  }

  /** Ends a block without a savepoint: what happened in it has happened in its parent. */
  dissolve(): void {
    this.close()
    this.parent?.take(this.drainHooks())
    this.parent?.adopt(this)
    if (this.doom) this.parent?.doomWith(this.doom)
  }
}
