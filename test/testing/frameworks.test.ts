import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { PackageRoom } from '../compilers/package-room'
import { codeBlocksOf } from '../docs/markdown-blocks'
import { page } from '../docs/pages'

const root = resolve(__dirname, '..', '..')
const programs = join(__dirname, 'programs')
const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs')

/** The frameworks run in processes of their own: what is proven is how they call hooks and tests. */
const FRAMEWORKS = {
  jest: [
    require.resolve('jest/bin/jest'),
    '--config',
    JSON.stringify({
      rootDir: root,
      testMatch: [join(programs, 'jest.spec.ts')],
      transform: { '^.+\\.tsx?$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.jest.json', diagnostics: false }] },
      setupFiles: ['reflect-metadata'],
    }),
  ],
  'node:test': ['--require', 'ts-node/register/transpile-only', join(programs, 'node-test.ts')],
  vitest: [vitest, 'run', '--no-color', join(programs, 'vitest.spec.ts')],
}

describe('rollbackEach', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ambit-test-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(Object.entries(FRAMEWORKS))('rolls back each test of %s', (_, args) => {
    const env = { ...process.env, NOTES_FILE: join(folder, 'notes.db'), TS_NODE_PROJECT: join(root, 'tsconfig.json') }
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' })
    const said = `${stdout}\n${stderr}`
    expect({ status, said }).toEqual({ status: 0, said: expect.stringMatching(/(pass|Tests:?\s+)\s*4\b/) as string })
  })
})

describe('the guide’s files for vitest, on the package as it is published', () => {
  const { path, text } = page('docs/guides/testing.md')
  const [spec] = codeBlocksOf(path, text).filter(({ file }) => file === 'notes.test.ts')
  const [, tsconfig = ''] = /```json\n(.*compilerOptions.*)\n```/.exec(text) ?? []
  const withMetadata = tsconfig.replace('"target"', '"emitDecoratorMetadata": true, "target"')

  let room: PackageRoom
  beforeAll(() => {
    room = new PackageRoom()
  })
  afterAll(() => {
    room.remove()
  })

  /** How many tests passed, or the code of what kept the file from running. */
  async function run(program: string, settings: string, test = ''): Promise<string | undefined> {
    const folder = room.folderFor(program, 'module')
    writeFileSync(join(folder, 'tsconfig.json'), settings)
    writeFileSync(join(folder, 'notes.test.ts'), test)
    const { output, errors } = await room.node(folder, [vitest, 'run', '--no-color'])
    return /Tests +\d+ passed \(\d+\)|AMBIT_DI_\w+/.exec(`${errors}\n${output}`)?.[0].replace(/ +/, ' ')
  }

  it('pass', async () => {
    expect(await run('as-shown', tsconfig, spec?.text)).toBe('Tests 2 passed (2)')
  })

  it.each([
    ['not', 'asks', withMetadata, 'Tests 2 passed (2)'],
    ['still', 'does not ask', tsconfig, 'AMBIT_DI_METADATA'],
  ])('do %s need static inject where the tsconfig %s for constructor types', async (need, _, settings, said) => {
    const bare = spec?.text.replace(/ *static readonly inject.*\n/, '')
    expect(bare).not.toBe(spec?.text)
    expect(await run(need, settings, bare)).toBe(said)
  })
})
