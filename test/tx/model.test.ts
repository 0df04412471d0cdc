import fc from 'fast-check'
import { TestApp, type TestAppOptions } from './harness'
import { type CallNode, callTrees, printTree } from './model/call-tree'
import { expectConsistent, expectPredicted, expectPredictedInAnyOrder } from './model/comparison'
import type { DatabaseKind, Facts } from './model/facts'
import { fakeWorld } from './model/fake-world'
import { checkTrees } from './model/replay'
import { runTree } from './model/run-tree'

// Random trees of calls against a small model of the specification: some 2,600 of them in each run, on the fake resource;
// test/stress/model.test.ts has the same on databases. A failing run shrinks the tree, prints it, and prints the command that
// repeats it: AMBIT_MODEL_SEED and AMBIT_MODEL_PATH; AMBIT_MODEL_RUNS=20000 looks at more trees.

const RUNS = 650

const POSTGRES: DatabaseKind = { abortsOnError: true, oneWriter: false }
const FORGIVING: DatabaseKind = { abortsOnError: false, oneWriter: false }

/** Runs a tree in an application of its own, and checks what must hold after every scenario. */
async function observe(tree: CallNode, options: TestAppOptions): Promise<Facts> {
  const app = new TestApp({ dataSources: ['default', 'other'], ...options })
  try {
    return await runTree(fakeWorld(app), tree)
  } finally {
    app.close()
    app.assertClean()
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

// Hundreds of trees with real latencies: the bound is there to end a hang, not to time anything.
jest.setTimeout(240_000)

describe('random trees of calls agree with the model', () => {
  it.each([
    { like: 'PostgreSQL', observed: false, database: POSTGRES },
    { like: 'SQLite', observed: true, database: FORGIVING },
  ])(
    'one call after the other, errors as in $like: all in its order (observed: $observed)',
    async ({ observed, database }) => {
      const { abortsOnError } = database
      await checkTrees(callTrees(), RUNS, async tree => {
        expectPredicted(tree, await observe(tree, { observed, abortsOnError }), database)
      })
    },
  )

  it('side by side: outcomes, rows, hooks, reports and commands in any order', async () => {
    let exact = 0
    const trees = callTrees({ calls: ['in turn', 'Promise.all', 'Promise.allSettled'] })
    const runs = await checkTrees(trees, RUNS, async tree => {
      if (expectPredictedInAnyOrder(tree, await observe(tree, {}), POSTGRES)) exact += 1
    })
    if (runs >= RUNS) expect(exact).toBeGreaterThan(runs / 3)
  })

  it('side by side, cut short: what was told is what is stored, and nothing is left open', async () => {
    const delays = fc.array(fc.nat(30), { minLength: 1, maxLength: 20 })
    const trees = callTrees({ calls: ['Promise.all', 'Promise.all', 'Promise.allSettled'] })
    await checkTrees(fc.tuple(trees, delays), RUNS, async ([tree, latency]) => {
      const seen = await observe(tree, { latency: latencies(latency) })
      expectConsistent(tree, seen)
      const late = seen.reports.filter(report => !/^(after|AMBIT_TX_ENDED)/.test(report))
      expect({ tree: printTree(tree), late }).toEqual({ tree: printTree(tree), late: [] })
    })
  })
})
