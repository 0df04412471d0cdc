import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../architecture/source-graph'

// The promise of a joined call was watched beside the caller, so that a failure nobody awaited was nobody's: it did not
// even become an unhandled rejection.

describe('a joined call that nobody awaits', () => {
  it('is an unhandled rejection when it fails after the end, as without Ambit', () => {
    const program = join(root, 'test/regressions/programs/floating-joined-call.ts')
    const run = `require(${JSON.stringify(join(root, 'scripts/run-example.cjs'))}).runTypeScript(${JSON.stringify(program)}, [])`
    expect(execFileSync(process.execPath, ['-e', run], { encoding: 'utf8' })).toBe('unhandled: late')
  })
})
