import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(__dirname, '..', '..')
const programs = join(__dirname, 'programs')

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
    expect({ status, said }).toEqual({ status: 0, said: expect.stringMatching(/(pass|Tests:\s+)\s*4\b/) as string })
  })
})
