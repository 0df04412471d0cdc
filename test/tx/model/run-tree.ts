import {
  afterCommit,
  afterCompletion,
  afterRollback,
  beforeCommit,
  currentTransaction,
  type HookFunction,
  type HookPhase,
  transactional,
  type TransactionalOptions,
} from '../../../src/tx'
import { AfterCommitError, UnexpectedRollbackError } from '../../../src/tx/errors'
import { settled } from '../harness'
import { type CallNode, type DataSourceName, HardError, HookError, type HookPlan, SoftError } from './call-tree'
import type { Facts } from './facts'
import { hooksOf } from './prediction'

/** The databases that trees run on, each seen from outside. */
export interface ModelWorld {
  insert(row: string, dataSource: DataSourceName): Promise<unknown>
  select(dataSource: DataSourceName): Promise<unknown>
  /** A statement that the database refuses. */
  refused(row: string, dataSource: DataSourceName): Promise<unknown>
  /** A boundary of the kind that repositories make. */
  implicit(label: string, fn: () => Promise<void>, options: TransactionalOptions): Promise<void>
  /** What the tree has stored. */
  rows(dataSource: DataSourceName): Promise<readonly string[]>
  /** The first words of what was sent. */
  commands(dataSource: DataSourceName): readonly string[]
  readonly reports: readonly Error[]
}

/** Makes the calls of a tree for real. */
export async function runTree(world: ModelWorld, tree: CallNode): Promise<Facts> {
  const run = new TreeRun(world)
  await run.call(tree).catch(() => undefined)
  await run.floating()
  const { outcomes, hooks } = run
  const reports = world.reports.map(describeReport)
  const commands = { default: world.commands('default'), other: world.commands('other') }
  const rows = { default: await world.rows('default'), other: await world.rows('other') }
  return { outcomes, rows, hooks, reports, commands }
}

class TreeRun {
  readonly outcomes: Record<string, string> = {}
  readonly hooks: string[] = []
  readonly #world: ModelWorld
  readonly #started: Promise<unknown>[] = []

  constructor(world: ModelWorld) {
    this.#world = world
  }

  async call(node: CallNode): Promise<void> {
    const { mode: propagation, dataSource, id: label } = node
    const rules =
      propagation === 'NOT_SUPPORTED' || propagation === 'NEVER'
        ? {}
        : { noRollbackFor: node.lenient ? [SoftError] : [] }
    const options = { propagation, dataSource, label, ...rules }
    try {
      await this.#start(node, options)
      this.outcomes[node.id] = 'ok'
    } catch (error) {
      this.outcomes[node.id] = describeError(error)
      throw error
    }
  }

  /** Work that a failed Promise.all left behind. */
  async floating(): Promise<void> {
    for (let known = -1; known < this.#started.length;) {
      known = this.#started.length
      await Promise.allSettled(this.#started)
    }
    await settled()
  }

  #start(node: CallNode, options: TransactionalOptions): Promise<void> {
    const body = (): Promise<void> => this.#body(node)
    return node.implicit ? this.#world.implicit(node.id, body, options) : transactional(options, body)
  }

  async #body(node: CallNode): Promise<void> {
    const { id, dataSource } = node
    if (currentTransaction(dataSource)) for (const hook of hooksOf(node)) this.#hook(hook, dataSource)
    if (node.statement === 'writes') await this.#world.insert(id, dataSource)
    if (node.statement === 'reads') await this.#world.select(dataSource)
    if (node.refused) await this.#world.refused(id, dataSource).catch(() => undefined)
    await this.#children(node)
    if (node.outcome === 'fails') throw new HardError(id)
    if (node.outcome === 'fails-softly') throw new SoftError(id)
    if (node.outcome === 'rollback-only') currentTransaction(dataSource)?.setRollbackOnly()
  }

  async #children({ calls, children }: CallNode): Promise<void> {
    if (calls === 'in turn') {
      for (const child of children) await this.#child(child)
      return
    }
    const started = children.map(child => this.#child(child))
    this.#started.push(...started)
    if (calls === 'Promise.all') await Promise.all(started)
    const failed = (await Promise.allSettled(started)).find(result => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  async #child(child: CallNode): Promise<void> {
    try {
      await this.call(child)
    } catch (error) {
      if (!child.caught) throw error
    }
  }

  #hook({ id, phase, does, registers }: HookPlan & { readonly id: string }, dataSource: DataSourceName): void {
    REGISTER[phase](
      outcome => {
        this.hooks.push(`${id} ${phase}${phase === 'afterCompletion' ? ` ${outcome}` : ''}`)
        if (does === 'fails') throw new HookError(id)
        if (does === 'writes') return this.#world.insert(id, dataSource)
        if (does === 'registers') {
          this.#hook({ id: `${id}+`, phase: registers, does: 'nothing', registers }, dataSource)
        }
        return undefined
      },
      { dataSource },
    )
  }
}

const REGISTER: Record<HookPhase, (fn: HookFunction, on: { dataSource: string }) => void> = {
  beforeCommit: (fn, on) => beforeCommit(fn as () => unknown, on),
  afterCommit: (fn, on) => afterCommit(fn as () => unknown, on),
  afterRollback: (fn, on) => afterRollback(fn as () => unknown, on),
  afterCompletion,
}

function describeReport(error: Error): string {
  if (!(error instanceof AfterCommitError)) return describeError(error)
  return `${error.phase} of ${error.method}: ${describeError(error.cause)}`
}

function describeError(error: unknown): string {
  if (error instanceof HardError) return `hard ${error.message}`
  if (error instanceof SoftError) return `soft ${error.message}`
  if (error instanceof HookError) return `hook ${error.message}`
  const { code } = error as { code: string }
  return error instanceof UnexpectedRollbackError ? `${code} by ${error.doomedBy}` : code
}
