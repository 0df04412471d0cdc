import { isDeepStrictEqual } from 'node:util'
import { isBoot } from '../containers/boot-answer'
import { LAYERS, TOP, TREE } from '../containers/graphs'
import { below, classesBelow, numbersBelow } from '../containers/wiring'
import type { Proof, Workload } from './workload'

const NO_DATABASE: Pick<Proof, 'commands' | 'transaction'> = { commands: [], transaction: 'optional' }

/** Containers: no database takes part. */
export const OF_CONTAINERS: readonly Workload[] = [
  {
    name: 'container-transient',
    engine: 'none',
    title: 'Container: a tree of 100 objects, all of them made anew',
    goals: [
      { of: 'M16', against: 'tsyringe', times: 3 },
      { of: 'M16', against: 'awilix', times: 3 },
      { of: 'M16', against: 'inversify', times: 3 },
    ],
    method: { kind: 'calls', calls: 2_000, atOnce: true },
    proof: { ...NO_DATABASE, answers: areTwoTrees },
  },
  {
    name: 'container-singleton',
    engine: 'none',
    title: 'Container: getting a singleton that is there, beyond a look-up in a Map',
    goals: [],
    method: { kind: 'overhead', calls: 100_000, atOnce: true },
    proof: { ...NO_DATABASE, answers: isOneTreeTwice },
  },
  {
    name: 'container-boot',
    engine: 'none',
    title: 'Container: the start of 500 singletons, each time in a fresh process',
    goals: [
      { of: 'M16', by: 'start', against: 'plain new', atMost: 1.5 },
      { of: 'M16', by: 'start', against: 'tsyringe', times: 2 },
      { of: 'M16', by: 'start', against: 'Nest', times: 12 },
    ],
    method: { kind: 'processes' },
    proof: { ...NO_DATABASE, answers: result => isBoot(result) && isDeepStrictEqual(result.wiring, LAYERS) },
  },
]

/** Two answers that have no object in common. */
function areTwoTrees(result: unknown): boolean {
  const [first, second] = pair(result)
  return isTree(first) && isTree(second) && new Set([...below(first), ...below(second)]).size === 2 * TREE.length
}

function isOneTreeTwice(result: unknown): boolean {
  const [first, second] = pair(result)
  return first === second && isTree(first) && new Set(below(first)).size === TREE.length
}

function isTree(value: unknown): value is object {
  const isObject = typeof value === 'object' && value !== null
  return isObject && isDeepStrictEqual(classesBelow(value), numbersBelow(TREE, TOP))
}

function pair(result: unknown): readonly unknown[] {
  return Array.isArray(result) && result.length === 2 ? result : []
}
