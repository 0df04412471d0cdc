import type { HookPhase } from '../../../src/tx'
import { type CallNode, type DataSourceName, type HookPlan, PHASES } from './call-tree'
import type { DatabaseKind, Facts } from './facts'
import {
  active,
  cannotCommit,
  type Frame,
  type Frames,
  type Hook,
  newBlock,
  touch,
  type Transaction,
  withoutSavepoint,
} from './state'

/** An error on its way up. */
class Raised {
  constructor(
    readonly text: string,
    readonly soft = false,
  ) {}
}

/** What to expect of a tree. `exact` is false where a Promise.all cuts work short: then the order decides. */
export function predict(tree: CallNode, database: DatabaseKind): Facts & { readonly exact: boolean } {
  const model = new Model(database)
  model.attempt(tree, {})
  const rows = { default: [...model.rows.default].sort(), other: [...model.rows.other].sort() }
  const { outcomes, hooks, reports, commands, exact } = model
  return { outcomes, rows, hooks, reports, commands, exact }
}

/**
 * The semantics of transactions, as small as they can be said: one recursion over the tree, no promises, no turns. Calls
 * that run side by side are taken one after the other, which is right as long as no call dooms what its sibling needs.
 */
class Model {
  readonly outcomes: Record<string, string> = {}
  readonly rows: Record<DataSourceName, string[]> = { default: [], other: [] }
  readonly hooks: string[] = []
  readonly reports: string[] = []
  readonly commands: Record<DataSourceName, string[]> = { default: [], other: [] }
  exact = true

  constructor(readonly database: DatabaseKind) {}

  attempt(node: CallNode, frames: Frames): Raised | undefined {
    const role = frames[node.dataSource]?.role ?? 'empty'
    const raised = MATRIX[node.mode][role === 'empty' ? 'no' : 'yes'](this, node, frames)
    this.outcomes[node.id] = raised?.text ?? 'ok'
    return raised
  }

  begin(node: CallNode, frames: Frames): Raised | undefined {
    const { dataSource } = node
    // Whoever asks for a transaction beside another is told so; others did not know that one is hidden around them.
    const code = node.mode === 'REQUIRES_NEW' ? 'AMBIT_SQLITE_NEW_AFTER_WRITE' : 'AMBIT_SQLITE_OUTSIDE_AFTER_WRITE'
    if (this.#secondWriter(frames[dataSource])) return new Raised(code)
    const root = newBlock(undefined)
    const tx: Transaction = { root, begun: false, wrote: false, aborted: false, refusedIn: undefined }
    const raised = this.#body(node, frames, { tx, block: root, role: 'originator' })
    const rolledBack = (error: Raised | undefined): Raised | undefined => {
      if (tx.begun) this.commands[dataSource].push('ROLLBACK')
      this.#tell(root.hooks, 'rolled-back', dataSource, frames)
      return error
    }
    if (raised && rollsBack(node, raised)) return rolledBack(raised)
    if (root.doomedBy !== undefined) return rolledBack(unexpected(root.doomedBy))
    if (root.rollbackOnly) return rolledBack(raised)
    const vetoed = this.#beforeCommit(node, frames, tx)
    if (vetoed) return rolledBack(vetoed)
    if (tx.begun) this.commands[dataSource].push('COMMIT')
    if (!tx.aborted) this.rows[dataSource].push(...root.rows)
    this.#tell(root.hooks, tx.aborted ? 'rolled-back' : 'committed', dataSource, frames)
    return tx.aborted ? unexpected(tx.refusedIn) : raised
  }

  join(node: CallNode, frames: Frames): Raised | undefined {
    const { tx, block } = active(frames[node.dataSource])
    const frame: Partial<Frame> = {}
    const raised = this.#body(node, frames, { tx, block, role: 'participant' }, frame)
    const blames = !node.implicit || frame.touched
    // A statement that was refused because of one before it dooms nothing: that one has.
    const doomedBy = raised?.text === '25P02' ? (tx.refusedIn ?? node.id) : node.id
    if (raised && blames && rollsBack(node, raised)) block.doomedBy ??= doomedBy
    return raised
  }

  nest(node: CallNode, frames: Frames): Raised | undefined {
    const { tx, block: parent } = active(frames[node.dataSource])
    const sent = this.commands[node.dataSource]
    if (cannotCommit(parent)) return new Raised('AMBIT_TX_DOOMED')
    const block = newBlock(parent)
    const { refusedIn, wrote } = tx
    const raised = this.#body(node, frames, { tx, block, role: 'nested' })
    const undo = (error: Raised | undefined): Raised | undefined => {
      const kept = block.hooks.filter(({ phase }) => phase === 'afterRollback' || phase === 'afterCompletion')
      parent.hooks.push(...kept.map(hook => ({ ...hook, undone: true })))
      if (block.savepointSet) sent.push('ROLLBACK TO', 'RELEASE')
      if (block.savepointSet) Object.assign(tx, { aborted: false, refusedIn, wrote })
      return error
    }
    if (raised && rollsBack(node, raised)) return undo(raised)
    if (block.doomedBy !== undefined) return undo(unexpected(block.doomedBy))
    if (block.rollbackOnly) return undo(raised)
    if (block.savepointSet) sent.push('RELEASE')
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
    const { id, dataSource } = node
    const mine = Object.assign(frame, { ...scope, label: id, outer: frames[dataSource], touched: false })
    const inside = { ...frames, [dataSource]: mine }
    for (const hook of hooksOf(node)) mine.block?.hooks.push({ ...hook, label: id, undone: false })
    if (node.statement !== 'none') {
      const refusal = this.#statement(node.statement === 'writes' ? 'INSERT' : 'SELECT', id, dataSource, mine)
      if (refusal) return refusal
    }
    if (node.refused) this.#statement('REFUSE', id, dataSource, mine)
    return this.#children(node, inside) ?? this.#ending(node, mine)
  }

  #children(node: CallNode, frames: Frames): Raised | undefined {
    let first: Raised | undefined
    for (const child of node.children) {
      const raised = this.attempt(child, frames)
      if (raised && !child.caught) first ??= raised
      if (first && node.calls === 'in turn') return first
    }
    if (first && node.calls === 'Promise.all' && node.children.length > 1) this.exact = false
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

  #statement(
    verb: 'INSERT' | 'SELECT' | 'REFUSE',
    row: string,
    dataSource: DataSourceName,
    frame: Frame | undefined,
  ): Raised | undefined {
    const sent = this.commands[dataSource]
    const { tx, block } = frame ?? {}
    if (!frame || !tx || !block) {
      if (verb !== 'SELECT' && this.#secondWriter(frame)) return new Raised('AMBIT_SQLITE_OUTSIDE_AFTER_WRITE')
      sent.push(verb)
      if (verb === 'INSERT') this.rows[dataSource].push(row)
      return verb === 'REFUSE' ? new Raised('refused') : undefined
    }
    const refused = (text: string): Raised => {
      touch(frame)
      tx.refusedIn ??= frame.label
      tx.aborted ||= this.database.abortsOnError
      return new Raised(text)
    }
    if (!tx.begun) sent.push('BEGIN')
    tx.begun = true
    for (const unset of withoutSavepoint(block)) {
      sent.push('SAVEPOINT')
      if (tx.aborted) return refused('25P02')
      unset.savepointSet = true
    }
    sent.push(verb)
    if (verb !== 'SELECT') tx.wrote = true
    if (tx.aborted) return refused('25P02')
    if (verb === 'REFUSE') return refused('refused')
    if (verb === 'SELECT') return undefined
    touch(frame)
    block.rows.push(row)
    return undefined
  }

  /** Hooks that hooks register run too; the first failure vetoes the commit. */
  #beforeCommit(node: CallNode, frames: Frames, tx: Transaction): Raised | undefined {
    const { root } = tx
    const outer = frames[node.dataSource]
    const mine: Frame = { tx, block: root, role: 'participant', label: node.id, outer, touched: false }
    for (;;) {
      const index = root.hooks.findIndex(({ phase }) => phase === 'beforeCommit')
      const [hook] = index < 0 ? [] : root.hooks.splice(index, 1)
      if (hook === undefined) return undefined
      const raised = this.#hook(hook, node.dataSource, mine, '')
      if (raised) return raised
    }
  }

  /** Hooks after the end run where the originator was called; their errors reach nobody but the error listener. */
  #tell(hooks: readonly Hook[], outcome: string, dataSource: DataSourceName, frames: Frames): void {
    const seen = ({ undone }: Hook): string => (undone ? 'rolled-back' : outcome)
    const settled = (hook: Hook): HookPhase => (seen(hook) === 'committed' ? 'afterCommit' : 'afterRollback')
    const later = hooks.filter(({ phase }) => phase === 'afterCompletion')
    for (const hook of [...hooks.filter(each => each.phase === settled(each)), ...later]) {
      const told = hook.phase === 'afterCompletion' ? ` ${seen(hook)}` : ''
      const raised = this.#hook(hook, dataSource, frames[dataSource], told)
      if (raised) this.reports.push(`${hook.phase} of ${hook.label}: ${raised.text}`)
    }
  }

  #hook(hook: Hook, dataSource: DataSourceName, frame: Frame | undefined, told: string): Raised | undefined {
    const { id, phase, does, registers } = hook
    this.hooks.push(`${id} ${phase}${told}`)
    if (does === 'fails') return new Raised(`hook ${id}`)
    if (does === 'writes') return this.#statement('INSERT', id, dataSource, frame)
    if (does === 'nothing') return undefined
    if (!frame?.block) return new Raised('AMBIT_TX_NONE')
    const registered = { id: `${id}+`, phase: registers, does: 'nothing', registers } as const
    frame.block.hooks.push({ ...registered, label: frame.label, undone: false })
    return undefined
  }

  /** The nearest transaction around that has begun, and so holds the one writer, lends it only while it has not written. */
  #secondWriter(frame: Frame | undefined): boolean {
    for (let at = frame; at && this.database.oneWriter; at = at.outer) if (at.tx?.begun) return at.tx.wrote
    return false
  }
}

/** The hooks that a call registers: a writer has one of each phase, so that its row can be compared with what it was told. */
export function hooksOf({ id, statement, hooks }: CallNode): readonly (HookPlan & { readonly id: string })[] {
  const witnesses = PHASES.map(phase => ({ id, phase, does: 'nothing', registers: phase }) as const)
  const others = hooks.map((hook, index) => ({ ...hook, id: `${id}.${index}` }))
  return statement === 'writes' ? [...witnesses, ...others] : others
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
