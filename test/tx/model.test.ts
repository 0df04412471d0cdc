import fc from 'fast-check'
import { TestApp, type TestAppOptions } from './harness'
import { type CallNode, callTrees, printTree } from './model/call-tree'
import { predict, type Prediction } from './model/prediction'
import { runTree, type Waiting } from './model/run-tree'

const RUNS = 500

/** Runs a tree in an application of its own, and checks what must hold after every scenario. */
async function observe(tree: CallNode, waiting: Waiting, options: TestAppOptions = {}): Promise<Prediction> {
  const app = new TestApp({ dataSources: ['default', 'other'], ...options })
  try {
    const seen = await runTree(app, tree, waiting)
    expect(app.reports.filter(report => !report.message.includes('has ended'))).toEqual([])
    return seen
  } finally {
    app.close()
    app.assertClean()
  }
}

/**
 * Where calls run side by side, one may doom a transaction before or after its sibling asks it for a savepoint, and both
 * are right. What can be said of such a tree without knowing the order is said by the other properties.
 */
function dependsOnOrder(node: CallNode): boolean {
  const racing = node.parallel && node.children.length > 1
  const nests = (one: CallNode): boolean => one.mode === 'NESTED' || one.children.some(nests)
  const refuses = ({ mode }: CallNode): boolean => mode === 'NEVER' || mode === 'MANDATORY'
  const dooms = (one: CallNode): boolean => one.outcome !== 'ok' || refuses(one) || one.children.some(dooms)
  return (racing && node.children.some(nests) && node.children.some(dooms)) || node.children.some(dependsOnOrder)
}

const withoutNames = (text: string): string => text.replace(/ by n\d+$/, '')

/** The same facts in no order, and without saying which of several failures was the first. */
function unordered({ outcomes, rows, hooks }: Prediction): unknown {
  const named = Object.entries(outcomes).map(([id, text]) => `${id} ${withoutNames(text)}`)
  return { outcomes: named.sort(), rows, hooks: [...hooks].sort() }
}

/**
 * Each writer's row is stored exactly when its hooks were told so, and each hook was told once. A call that nobody
 * awaited may be cut off by the COMMIT of its transaction, before its row and after its hooks.
 */
function agreesWithItself(tree: CallNode, { outcomes, rows, hooks }: Prediction): void {
  const stored = new Set([...rows.default, ...rows.other])
  for (const id of new Set(hooks.map(line => line.split(' ')[0] ?? ''))) {
    if (outcomes[id] === 'AMBIT_TX_ENDED' && !stored.has(id)) continue
    const told = hooks.filter(line => line.startsWith(`${id} `) && !line.endsWith('before')).sort()
    const expected = stored.has(id)
      ? [`${id} committed`, `${id} completed committed`]
      : [`${id} completed rolled-back`, `${id} rolled back`]
    expect({ tree: printTree(tree), told }).toEqual({ tree: printTree(tree), told: expected })
  }
}

/** Commands that take these numbers of microtasks, in turn. */
function latencies(delays: readonly number[]): () => Promise<void> {
  let next = 0
  return async () => {
    const delay = delays[(next += 1) % delays.length] ?? 0
    for (let tick = 0; tick < delay; tick += 1) await Promise.resolve()
  }
}

// A thousand trees with real latencies: the bound is there to end a hang, not to time anything.
jest.setTimeout(240_000)

describe('random trees of calls agree with the model', () => {
  it.each([false, true])(
    'one call after the other: outcomes, rows, hooks and their order (observed: %s)',
    async observed => {
      const check = async (tree: CallNode): Promise<void> => {
        const seen = await observe(tree, 'for all', { observed })
        expect({ tree: printTree(tree), ...seen }).toEqual({ tree: printTree(tree), ...predict(tree) })
        agreesWithItself(tree, seen)
      }
      await fc.assert(fc.asyncProperty(callTrees({ parallel: false }), check), { numRuns: RUNS })
    },
  )

  it('side by side: outcomes, rows and hooks', async () => {
    let exact = 0
    const check = async (tree: CallNode): Promise<void> => {
      const seen = await observe(tree, 'for all')
      agreesWithItself(tree, seen)
      if (dependsOnOrder(tree)) return
      exact += 1
      expect({ tree: printTree(tree), ...(unordered(seen) as object) }).toEqual({
        tree: printTree(tree),
        ...(unordered(predict(tree)) as object),
      })
    }
    await fc.assert(fc.asyncProperty(callTrees({ parallel: true }), check), { numRuns: RUNS })
    expect(exact).toBeGreaterThan(RUNS / 3)
  })

  it('side by side under Promise.all: what was told is what is stored, and nothing is left open', async () => {
    const check = async (tree: CallNode, delays: readonly number[]): Promise<void> => {
      agreesWithItself(tree, await observe(tree, 'for the first failure', { latency: latencies(delays) }))
    }
    const delays = fc.array(fc.nat(30), { minLength: 1, maxLength: 20 })
    await fc.assert(fc.asyncProperty(callTrees({ parallel: true }), delays, check), { numRuns: 2 * RUNS })
  })
})
