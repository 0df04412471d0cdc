import type { HookPhase } from '../../../src/tx'
import type { DataSourceName, HookPlan } from './call-tree'

export interface Hook extends Omit<HookPlan, 'registers'> {
  readonly id: string
  /** The call it was registered in. */
  readonly label: string
  readonly registers: HookPhase
  readonly undone: boolean
}

/** A transaction, or a savepoint in one. */
export interface Block {
  readonly parent: Block | undefined
  rows: string[]
  hooks: Hook[]
  /** The first call that doomed it. */
  doomedBy: string | undefined
  rollbackOnly: boolean
  savepointSet: boolean
}

export interface Transaction {
  readonly root: Block
  begun: boolean
  wrote: boolean
  aborted: boolean
  refusedIn: string | undefined
}

/** What a call sees of one data source. */
export interface Frame {
  readonly tx: Transaction | undefined
  readonly block: Block | undefined
  readonly role: 'originator' | 'participant' | 'nested' | 'empty'
  readonly label: string
  readonly outer: Frame | undefined
  /** Whether it wrote, or the database refused it something. */
  touched: boolean
}

export type Frames = Readonly<Partial<Record<DataSourceName, Frame>>>

export function touch(frame: Frame): void {
  for (let at: Frame | undefined = frame; at?.tx === frame.tx; at = at?.outer) if (at) at.touched = true
}

/** Outermost first. The transaction itself has none. */
export function withoutSavepoint(block: Block): Block[] {
  if (block.parent === undefined) return []
  return [...withoutSavepoint(block.parent), ...(block.savepointSet ? [] : [block])]
}

export function newBlock(parent: Block | undefined): Block {
  return { parent, rows: [], hooks: [], doomedBy: undefined, rollbackOnly: false, savepointSet: false }
}

export function cannotCommit(block: Block | undefined): boolean {
  return block !== undefined && (block.doomedBy !== undefined || block.rollbackOnly || cannotCommit(block.parent))
}

export function active(frame: Frame | undefined): { tx: Transaction; block: Block } {
  if (!frame?.tx || !frame.block) throw new Error('the matrix says that a transaction is active')
  return { tx: frame.tx, block: frame.block }
}
