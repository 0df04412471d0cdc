import type { CallNode } from './call-tree'

/** What the specification says about a tree. */
export interface Prediction {
  /** What each call that was made came to, by its id. */
  readonly outcomes: Readonly<Record<string, string>>
  readonly rows: Readonly<Record<CallNode['dataSource'], readonly string[]>>
  /** What the hooks did, in order. */
  readonly hooks: readonly string[]
}

interface Hook {
  readonly id: string
  readonly undone: boolean
}

/** A transaction, or a savepoint in one. */
interface Block {
  readonly parent: Block | undefined
  rows: string[]
  hooks: Hook[]
  /** The first call that doomed it. */
  doomedBy: string | undefined
  rollbackOnly: boolean
  savepointSet: boolean
}

interface Transaction {
  readonly root: Block
  begun: boolean
  /** PostgreSQL refuses everything after an error. */
  aborted: boolean
  refusedIn: string | undefined
}

/** What a call sees of one data source. */
interface Frame {
  readonly tx: Transaction | undefined
  readonly block: Block | undefined
  readonly role: 'originator' | 'participant' | 'nested' | 'empty'
  readonly outer: Frame | undefined
  touched: boolean
}

type Frames = Readonly<Partial<Record<CallNode['dataSource'], Frame>>>

/** An error on its way up. */
class Raised {
  constructor(
    readonly text: string,
    readonly soft = false,
  ) {}
}

/**
 * The semantics of transactions, as small as they can be said: one recursion over the tree, no promises, no turns. Calls
 * that run side by side are taken one after the other, which is right as long as no call dooms what its sibling needs.
 */
export function predict(tree: CallNode): Prediction {
  const model = new Model()
  model.attempt(tree, {})
  const rows = { default: [...model.rows.default].sort(), other: [...model.rows.other].sort() }
  return { outcomes: model.outcomes, rows, hooks: model.hooks }
}

class Model {
  readonly outcomes: Record<string, string> = {}
  readonly rows: Record<CallNode['dataSource'], string[]> = { default: [], other: [] }
  readonly hooks: string[] = []

  attempt(node: CallNode, frames: Frames): Raised | undefined {
    const raised = this.#call(node, frames)
    this.outcomes[node.id] = raised?.text ?? 'ok'
    return raised
  }

  #call(node: CallNode, frames: Frames): Raised | undefined {
    const frame = frames[node.dataSource]
    const state = frame === undefined || frame.role === 'empty' ? 'no' : 'yes'
    return MATRIX[node.mode][state](this, node, frames)
  }

  begin(node: CallNode, frames: Frames): Raised | undefined {
    const root = newBlock(undefined)
    const tx: Transaction = { root, begun: false, aborted: false, refusedIn: undefined }
    const raised = this.#body(node, frames, { tx, block: root, role: 'originator' })
    if (raised && rollsBack(node, raised)) return this.#rolledBack(root, raised)
    if (root.doomedBy !== undefined) return this.#rolledBack(root, unexpected(root.doomedBy))
    if (root.rollbackOnly) return this.#rolledBack(root, raised)
    for (const { id, undone } of root.hooks) if (!undone) this.hooks.push(`${id} before`)
    if (tx.begun && tx.aborted) return this.#rolledBack(root, unexpected(tx.refusedIn))
    this.rows[node.dataSource].push(...root.rows)
    this.#tell(root.hooks)
    return raised
  }

  join(node: CallNode, frames: Frames): Raised | undefined {
    const { tx, block } = active(frames[node.dataSource])
    const frame: Partial<Frame> = {}
    const raised = this.#body(node, frames, { tx, block, role: 'participant' }, frame)
    const blames = !node.implicit || frame.touched
    if (raised && blames && rollsBack(node, raised)) block.doomedBy ??= node.id
    return raised
  }

  nest(node: CallNode, frames: Frames): Raised | undefined {
    const { tx, block: parent } = active(frames[node.dataSource])
    if (cannotCommit(parent)) return new Raised('AMBIT_TX_DOOMED')
    const block = newBlock(parent)
    const refusedBefore = tx.refusedIn
    const raised = this.#body(node, frames, { tx, block, role: 'nested' })
    const undo = (error: Raised | undefined): Raised | undefined => {
      parent.hooks.push(...block.hooks.map(hook => ({ ...hook, undone: true })))
      if (block.savepointSet) Object.assign(tx, { aborted: false, refusedIn: refusedBefore })
      return error
    }
    if (raised && rollsBack(node, raised)) return undo(raised)
    if (block.doomedBy !== undefined) return undo(unexpected(block.doomedBy))
    if (block.rollbackOnly) return undo(raised)
    if (block.savepointSet && tx.aborted) return undo(unexpected(tx.refusedIn))
    parent.rows.push(...block.rows)
    parent.hooks.push(...block.hooks)
    return raised
  }

  empty(node: CallNode, frames: Frames): Raised | undefined {
    return this.#body(node, frames, { tx: undefined, block: undefined, role: 'empty' })
  }

  #body(
    node: CallNode,
    frames: Frames,
    scope: Pick<Frame, 'tx' | 'block' | 'role'>,
    frame: Partial<Frame> = {},
  ): Raised | undefined {
    const mine = Object.assign(frame, { ...scope, outer: frames[node.dataSource], touched: false })
    const inside = { ...frames, [node.dataSource]: mine }
    if (mine.block && node.writes) mine.block.hooks.push({ id: node.id, undone: false })
    const refusal = node.writes ? this.#statement(node, mine) : undefined
    if (refusal) return refusal
    if (node.refused) this.#refusedStatement(node, mine)
    return this.#children(node, inside) ?? this.#ending(node, mine)
  }

  #children(node: CallNode, frames: Frames): Raised | undefined {
    let first: Raised | undefined
    for (const child of node.children) {
      const raised = this.attempt(child, frames)
      if (raised && !child.caught) first ??= raised
      if (first && !node.parallel) return first
    }
    return first
  }

  #ending(node: CallNode, frame: Frame): Raised | undefined {
    if (node.outcome === 'fails') return new Raised(`hard ${node.id}`)
    if (node.outcome === 'fails-softly') return new Raised(`soft ${node.id}`, true)
    if (node.outcome === 'rollback-only' && frame.block) {
      if (frame.role === 'participant') frame.block.doomedBy ??= node.id
      else frame.block.rollbackOnly = true
    }
    return undefined
  }

  #statement(node: CallNode, frame: Frame): Raised | undefined {
    if (!frame.tx || !frame.block) {
      this.rows[node.dataSource].push(node.id)
      return undefined
    }
    const sent = send(frame, frame.tx, frame.block)
    if (sent) frame.block.rows.push(node.id)
    return sent ? undefined : new Raised('25P02')
  }

  #refusedStatement(node: CallNode, frame: Frame): void {
    if (!frame.tx || !frame.block || !send(frame, frame.tx, frame.block)) return
    frame.tx.aborted = true
    frame.tx.refusedIn ??= node.id
  }

  #rolledBack(root: Block, raised: Raised | undefined): Raised | undefined {
    this.#tell(root.hooks.map(hook => ({ ...hook, undone: true })))
    return raised
  }

  #tell(hooks: readonly Hook[]): void {
    for (const { id, undone } of hooks) this.hooks.push(`${id} ${undone ? 'rolled back' : 'committed'}`)
    for (const { id, undone } of hooks) this.hooks.push(`${id} completed ${undone ? 'rolled-back' : 'committed'}`)
  }
}

/** Sets the savepoints that are still missing and sends; `false` where the database refuses everything. */
function send(frame: Frame, tx: Transaction, block: Block): boolean {
  for (let at: Frame | undefined = frame; at?.tx === tx; at = at.outer) at.touched = true
  tx.begun = true
  if (tx.aborted) return false
  for (let at: Block | undefined = block; at; at = at.parent) at.savepointSet = true
  return true
}

function newBlock(parent: Block | undefined): Block {
  return { parent, rows: [], hooks: [], doomedBy: undefined, rollbackOnly: false, savepointSet: false }
}

function cannotCommit(block: Block | undefined): boolean {
  return block !== undefined && (block.doomedBy !== undefined || block.rollbackOnly || cannotCommit(block.parent))
}

function active(frame: Frame | undefined): { tx: Transaction; block: Block } {
  if (!frame?.tx || !frame.block) throw new Error('the matrix says that a transaction is active')
  return { tx: frame.tx, block: frame.block }
}

function rollsBack(node: CallNode, raised: Raised): boolean {
  return !(node.lenient && raised.soft)
}

function unexpected(by: string | undefined): Raised {
  return new Raised(`AMBIT_TX_UNEXPECTED_ROLLBACK by ${by}`)
}

type Start = (model: Model, node: CallNode, frames: Frames) => Raised | undefined
const begin: Start = (model, node, frames) => model.begin(node, frames)
const join: Start = (model, node, frames) => model.join(node, frames)
const nest: Start = (model, node, frames) => model.nest(node, frames)
const empty: Start = (model, node, frames) => model.empty(node, frames)
const refuse =
  (code: string): Start =>
  () =>
    new Raised(code)

/** Mode × "is a transaction active?", as the specification's table has it. */
const MATRIX: Record<CallNode['mode'], Record<'no' | 'yes', Start>> = {
  REQUIRED: { no: begin, yes: join },
  REQUIRES_NEW: { no: begin, yes: begin },
  NESTED: { no: begin, yes: nest },
  SUPPORTS: { no: empty, yes: join },
  MANDATORY: { no: refuse('AMBIT_TX_MANDATORY'), yes: join },
  NOT_SUPPORTED: { no: empty, yes: empty },
  NEVER: { no: empty, yes: refuse('AMBIT_TX_NEVER') },
}
