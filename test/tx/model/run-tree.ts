import {
  afterCommit,
  afterCompletion,
  afterRollback,
  beforeCommit,
  currentTransaction,
  transactional,
  type TransactionalOptions,
} from '../../../src/tx'
import { UnexpectedRollbackError } from '../../../src/tx/errors'
import { settled, type TestApp } from '../harness'
import { type CallNode, HardError, SoftError } from './call-tree'
import type { Prediction } from './prediction'

/** How a call with parallel children waits for them. */
export type Waiting = 'for all' | 'for the first failure'

/** Makes the calls of a tree for real. */
export async function runTree(app: TestApp, tree: CallNode, waiting: Waiting = 'for all'): Promise<Prediction> {
  const run = new TreeRun(app, waiting)
  await run.call(tree).catch(() => undefined)
  await run.floating()
  const rows = { default: app.fake('default').rows(), other: app.fake('other').rows() }
  return { outcomes: run.outcomes, rows, hooks: run.hooks }
}

class TreeRun {
  readonly outcomes: Record<string, string> = {}
  readonly hooks: string[] = []
  readonly #app: TestApp
  readonly #waiting: Waiting
  readonly #started: Promise<unknown>[] = []

  constructor(app: TestApp, waiting: Waiting) {
    this.#app = app
    this.#waiting = waiting
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
    await Promise.allSettled(this.#started)
    await settled()
  }

  #start(node: CallNode, options: TransactionalOptions): Promise<void> {
    const body = (): Promise<void> => this.#body(node)
    return node.implicit ? this.#app.implicit(node.id, body, options) : transactional(options, body)
  }

  async #body(node: CallNode): Promise<void> {
    const { id, dataSource } = node
    if (node.writes) {
      if (currentTransaction(dataSource)) this.#hook(id, dataSource)
      await this.#app.sql(`insert ${id}`, dataSource)
    }
    if (node.refused) {
      this.#app.fake(dataSource).failNext(`refuse ${id}`)
      await this.#app.sql(`refuse ${id}`, dataSource).catch(() => undefined)
    }
    await (node.parallel ? this.#parallel(node.children) : this.#sequential(node.children))
    if (node.outcome === 'fails') throw new HardError(id)
    if (node.outcome === 'fails-softly') throw new SoftError(id)
    if (node.outcome === 'rollback-only') currentTransaction(dataSource)?.setRollbackOnly()
  }

  async #sequential(children: readonly CallNode[]): Promise<void> {
    for (const child of children) await this.#child(child)
  }

  async #parallel(children: readonly CallNode[]): Promise<void> {
    const calls = children.map(child => this.#child(child))
    this.#started.push(...calls)
    if (this.#waiting === 'for the first failure') await Promise.all(calls)
    const failed = (await Promise.allSettled(calls)).find(result => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  async #child(child: CallNode): Promise<void> {
    try {
      await this.call(child)
    } catch (error) {
      if (!child.caught) throw error
    }
  }

  #hook(id: string, dataSource: string): void {
    const on = { dataSource }
    beforeCommit(() => this.hooks.push(`${id} before`), on)
    afterCommit(() => this.hooks.push(`${id} committed`), on)
    afterRollback(() => this.hooks.push(`${id} rolled back`), on)
    afterCompletion(outcome => this.hooks.push(`${id} completed ${outcome}`), on)
  }
}

function describeError(error: unknown): string {
  if (error instanceof HardError) return `hard ${error.message}`
  if (error instanceof SoftError) return `soft ${error.message}`
  const { code } = error as { code: string }
  return error instanceof UnexpectedRollbackError ? `${code} by ${error.doomedBy}` : code
}
