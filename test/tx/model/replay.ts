import { relative } from 'node:path'
import fc from 'fast-check'

/**
 * Checks a property on random trees. A failure prints how to see the same tree again:
 * `AMBIT_MODEL_SEED` and `AMBIT_MODEL_PATH` repeat it, `AMBIT_MODEL_RUNS` looks at more or fewer trees. Says how many it looked at.
 */
export async function checkTrees<T>(
  trees: fc.Arbitrary<T>,
  runs: number,
  check: (tree: T) => Promise<void>,
): Promise<number> {
  const { AMBIT_MODEL_SEED: seed, AMBIT_MODEL_PATH: path, AMBIT_MODEL_RUNS: asked } = process.env
  const parameters = {
    numRuns: asked === undefined ? runs : Number(asked),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path, endOnFailure: true }),
  }
  const result = await fc.check(fc.asyncProperty(trees, check), parameters)
  if (!result.failed) return result.numRuns
  const { counterexamplePath } = result
  const again = `AMBIT_MODEL_SEED=${result.seed}${counterexamplePath === null ? '' : ` AMBIT_MODEL_PATH=${counterexamplePath}`}`
  const { testPath = '', currentTestName = '' } = expect.getState()
  const name = currentTestName.replace(/[.*+?^${}()|[\]\\]/g, '.')
  const command = `${again} npm test -- ${relative(process.cwd(), testPath)} -t '${name}'`
  const { errorInstance: cause } = result
  throw new Error(
    `After ${result.numRuns} trees and ${result.numShrinks} shrinks: ${cause instanceof Error ? cause.message : String(cause)}\n\nReplay: ${command}`,
    { cause },
  )
}
