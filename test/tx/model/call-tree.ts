import fc from 'fast-check'
import { type Propagation, PROPAGATIONS } from '../../../src/tx'

/** One call of a transactional method, and the calls it makes. */
export interface CallNode {
  /** Unique in its tree; also the row it writes and its label. */
  readonly id: string
  readonly mode: Propagation
  readonly dataSource: 'default' | 'other'
  /** Made by a repository rather than by `@Transactional`. */
  readonly implicit: boolean
  /** Its rules do not roll back for a SoftError. */
  readonly lenient: boolean
  readonly writes: boolean
  /** Sends a statement that the database refuses, and swallows the error. */
  readonly refused: boolean
  readonly outcome: 'ok' | 'fails' | 'fails-softly' | 'rollback-only'
  /** Whether the caller catches its error. */
  readonly caught: boolean
  /** Whether its own calls run side by side. */
  readonly parallel: boolean
  readonly children: readonly CallNode[]
}

type Shape = Omit<CallNode, 'id' | 'children'> & { readonly children: readonly Shape[] }

export class HardError extends Error {}
export class SoftError extends Error {}

const MAX_DEPTH = 4

/** Random trees, at most four calls deep. */
export function callTrees(options: { readonly parallel: boolean }): fc.Arbitrary<CallNode> {
  return shapes(MAX_DEPTH - 1, options.parallel).map(shape => numbered(shape, { next: 0 }))
}

function shapes(depth: number, parallel: boolean): fc.Arbitrary<Shape> {
  return fc.record({
    mode: fc.constantFrom<Propagation>(...PROPAGATIONS, 'REQUIRED', 'REQUIRED', 'NESTED', 'NESTED', 'REQUIRES_NEW'),
    dataSource: fc.constantFrom('default', 'default', 'default', 'default', 'other'),
    implicit: oneIn(6),
    lenient: oneIn(4),
    writes: fc.constantFrom(true, true, false),
    refused: parallel ? fc.constant(false) : oneIn(12),
    outcome: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'fails', 'fails-softly', 'rollback-only'),
    caught: fc.boolean(),
    parallel: parallel ? fc.boolean() : fc.constant(false),
    children: depth === 0 ? fc.constant([]) : fc.array(shapes(depth - 1, parallel), { maxLength: 3 }),
  })
}

function oneIn(count: number): fc.Arbitrary<boolean> {
  return fc.integer({ min: 1, max: count }).map(drawn => drawn === count)
}

function numbered(shape: Shape, counter: { next: number }): CallNode {
  const id = `n${(counter.next += 1)}`
  return { ...shape, id, children: shape.children.map(child => numbered(child, counter)) }
}

/** A tree as indented lines: what a failing run prints. */
export function printTree(node: CallNode, indent = ''): string {
  const marks = [
    node.dataSource === 'other' && 'on other',
    node.implicit && 'implicit',
    node.lenient && 'lenient',
    node.writes && 'writes',
    node.refused && 'refused',
    node.outcome !== 'ok' && node.outcome,
    node.caught && 'caught',
    node.parallel && node.children.length > 1 && 'children in parallel',
  ].filter(mark => mark !== false)
  const line = `${indent}${node.id} ${node.mode}${marks.map(mark => `, ${mark}`).join('')}`
  return [line, ...node.children.map(child => printTree(child, `${indent}  `))].join('\n')
}
