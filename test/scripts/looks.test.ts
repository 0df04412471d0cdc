import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'

// Which test files a run of .ci/run has, as jest itself lists them: none may fall out of it without a word.

const root = resolve(__dirname, '../..')
const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.ts'))
  .map(file => `test/${file.split(sep).join('/')}`)
  .sort()

/** The files that `npm test -- <arguments>` runs. */
function listed(...args: readonly string[]): readonly string[] {
  const command = [join(root, 'scripts/test.cjs'), ...args, '--listTests']
  const { stdout } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' })
  const paths = stdout.split('\n').filter(line => line.endsWith('.test.ts'))
  return paths.map(path => relative(root, path).split(sep).join('/')).sort()
}

/** Left to `npm test` by jest.server.config.ts, with its reasons. */
const LEFT_TO_NPM_TEST = /^test\/(acceptance\/|stress\/|bad-input\/|benchmark\/|data-source\/postgres\/wire\/cuts\.)/
/** How tests get a database; coarser than jest's own graph of imports, which it checks. */
const USES_POSTGRES = /\b(createTestDatabase|engineDatabase|engine\.create|postgresWorld)\(/

describe('the looks of .ci/run', () => {
  it('have every test file: npm test runs all of them', () => {
    expect(listed()).toEqual(files)
    expect(listed('--selectProjects', 'main')).toEqual(files)
  })

  it('have what uses a database of the server that is there', () => {
    const first = listed('-c', 'jest.server.config.ts', '--findRelatedTests', 'test/support/postgres.ts')
    const uses = files.filter(file => USES_POSTGRES.test(readFileSync(join(root, file), 'utf8')))
    expect(uses.length).toBeGreaterThan(50)
    expect(uses.filter(file => !LEFT_TO_NPM_TEST.test(file) && !first.includes(file))).toEqual([])
    expect(first.filter(file => LEFT_TO_NPM_TEST.test(file))).toEqual([])
  })
})
