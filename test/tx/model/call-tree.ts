import fc from 'fast-check'
import { type HookPhase, type Propagation, PROPAGATIONS } from '../../../src/tx'

export type DataSourceName = 'default' | 'other'

/** A hook that a call registers beside those that a writer always has. */
export interface HookPlan {
  readonly phase: HookPhase
  readonly does: 'nothing' | 'writes' | 'fails' | 'registers'
  /** The phase of the hook that it registers. */
  readonly registers: HookPhase
}

/** One call of a transactional method, and the calls it makes. */
export interface CallNode {
  /** Unique in its tree; also the row it writes and its label. */
  readonly id: string
  readonly mode: Propagation
  readonly dataSource: DataSourceName
  /** Made by a repository rather than by `@Transactional`. */
  readonly implicit: boolean
  /** Its rules do not roll back for a SoftError. */
  readonly lenient: boolean
  readonly statement: 'writes' | 'reads' | 'none'
  /** Sends a statement that the database refuses, and swallows the error. */
  readonly refused: boolean
  readonly hooks: readonly HookPlan[]
  readonly outcome: 'ok' | 'fails' | 'fails-softly' | 'rollback-only'
  /** Whether the caller catches its error. */
  readonly caught: boolean
  /** How its own calls run: one after the other, or side by side until the first failure or until all are settled. */
  readonly calls: 'in turn' | 'Promise.all' | 'Promise.allSettled'
  readonly children: readonly CallNode[]
}

type Shape = Omit<CallNode, 'id' | 'children'> & { readonly children: readonly Shape[] }

export interface TreeOptions {
  /** How calls may run. Default one after the other only. */
  readonly calls?: readonly CallNode['calls'][]
  readonly dataSources?: readonly DataSourceName[]
  /** The most connections to a data source that a tree may need at a time. Default: any number. */
  readonly width?: number
}

export class HardError extends Error {}
export class SoftError extends Error {}
export class HookError extends Error {}

const MAX_DEPTH = 6

/** Random trees, at most six calls deep. */
export function callTrees(options: TreeOptions = {}): fc.Arbitrary<CallNode> {
  const trees = shapes(MAX_DEPTH - 1, options).map(shape => numbered(shape, { next: 0 }))
  return options.width === undefined ? trees : trees.filter(tree => widthOf(tree) <= (options.width ?? 0))
}

function shapes(depth: number, options: TreeOptions): fc.Arbitrary<Shape> {
  const { calls = ['in turn'], dataSources = ['default', 'default', 'default', 'default', 'other'] } = options
  const sideBySide = calls.length > 1
  return fc.record({
    mode: fc.constantFrom<Propagation>(...PROPAGATIONS, 'REQUIRED', 'REQUIRED', 'NESTED', 'NESTED', 'REQUIRES_NEW'),
    dataSource: fc.constantFrom(...dataSources),
    implicit: oneIn(6),
    lenient: oneIn(4),
    statement: fc.constantFrom('writes', 'writes', 'reads', 'none'),
    // Rarely where calls run side by side: what the database then refuses to siblings depends on the order.
    refused: oneIn(sideBySide ? 60 : 15),
    hooks: fc.oneof({ arbitrary: fc.constant([]), weight: 3 }, fc.array(HOOK, { maxLength: 3 })),
    outcome: fc.constantFrom(...Array<'ok'>(sideBySide ? 17 : 9).fill('ok'), 'fails', 'fails-softly', 'rollback-only'),
    caught: fc.boolean(),
    calls: fc.constantFrom(...calls),
    children:
      depth === 0
        ? fc.constant([])
        : fc.array(shapes(depth - 1, options), { maxLength: depth > MAX_DEPTH - 3 ? 3 : 2 }),
  })
}

export const PHASES = ['beforeCommit', 'afterCommit', 'afterRollback', 'afterCompletion'] as const

const HOOK: fc.Arbitrary<HookPlan> = fc.record({
  phase: fc.constantFrom(...PHASES),
  does: fc.constantFrom('nothing', 'nothing', 'writes', 'registers', 'fails'),
  registers: fc.constantFrom(...PHASES),
})

function oneIn(count: number): fc.Arbitrary<boolean> {
  return fc.integer({ min: 1, max: count }).map(drawn => drawn === count)
}

function numbered(shape: Shape, counter: { next: number }): CallNode {
  const id = `n${(counter.next += 1)}`
  return { ...shape, id, children: shape.children.map(child => numbered(child, counter)) }
}

/** A bound of the connections that a tree holds at a time. */
function widthOf({ calls, children }: CallNode): number {
  const widths = children.map(widthOf)
  return 1 + (calls === 'in turn' ? Math.max(0, ...widths) : widths.reduce((sum, width) => sum + width, 0))
}

/** A tree as indented lines: what a failing run prints. */
export function printTree(node: CallNode, indent = ''): string {
  const marks = [
    node.dataSource === 'other' && 'on other',
    node.implicit && 'implicit',
    node.lenient && 'lenient',
    node.statement !== 'none' && node.statement,
    node.refused && 'refused',
    ...node.hooks.map(({ phase, does, registers }) => `${phase} ${does}${does === 'registers' ? ` ${registers}` : ''}`),
    node.outcome !== 'ok' && node.outcome,
    node.caught && 'caught',
    node.calls !== 'in turn' && node.children.length > 1 && `children under ${node.calls}`,
  ].filter(mark => mark !== false)
  const line = `${indent}${node.id} ${node.mode}${marks.map(mark => `, ${mark}`).join('')}`
  return [line, ...node.children.map(child => printTree(child, `${indent}  `))].join('\n')
}
