import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

// The script of continuous integration, run for real in a folder where npm and npx are stand-ins: they note how they were
// called, and the one that FAIL names fails.

const root = resolve(__dirname, '../..')

const STAND_IN = `#!/usr/bin/env bash
line="$(basename "$0") $*"
echo "$line \${AMBIT_TEST_POSTGRES_URL:-none}" | sed 's/--outputFile=.*[.]json/--outputFile/' >> calls.txt
for argument in "$@"; do case $argument in --outputFile=*) echo "$REPORT" > "\${argument#*=}";; esac; done
case $line in *"$FAIL"*) exit 3;; esac
`

/** Stands in for the run on another Node: it notes its arguments, and reports a test. */
const ON_NODE = `
const { appendFileSync, writeFileSync } = require('node:fs')
const args = process.argv.slice(2)
const [file] = args.flatMap(arg => arg.split('--outputFile=').slice(1))
const server = process.env.AMBIT_TEST_POSTGRES_URL ?? 'none'
appendFileSync('calls.txt', 'on-node ' + args.map(arg => arg.replace(/=.*/, '')).join(' ') + ' ' + server + '\\n')
writeFileSync(file, JSON.stringify({ success: true, numPassedTests: 5 }))
process.exit(process.env.FAIL === 'node ' + args[0] ? 1 : 0)
`
/** Five tests on each of the two. */
const ON_NODES = 2 * 5

const GOOD_REPORT = { success: true, numPassedTests: 10, numPendingTests: 2 }
const CHECKS = 8
const STEPS = [
  ...['clean install', 'lint', 'format', 'types', 'build', 'npm start', 'example quickstart, on the built package'],
  ...['package', 'tests, with a PostgreSQL of their own', 'transactions on Node 22', 'transactions on Node 24'],
]
const COPIED = ['.ci/run', 'scripts/count-tests.cjs', 'scripts/slowest-tests.cjs']
const FIRST_LOOK = ['-c', 'jest.server.config.ts', '--findRelatedTests', 'test/support/postgres.ts']

const onPosix = process.platform === 'win32' ? describe.skip : describe

onPosix('.ci/run', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ambit-ci-'))
    for (const file of COPIED) cpSync(join(root, file), join(folder, file))
    for (const name of ['npm', 'npx']) {
      mkdirSync(join(folder, 'bin'), { recursive: true })
      writeFileSync(join(folder, 'bin', name), STAND_IN)
      chmodSync(join(folder, 'bin', name), 0o755)
    }
    mkdirSync(join(folder, 'examples', 'quickstart'), { recursive: true })
    writeFileSync(join(folder, 'examples', 'quickstart', 'main.ts'), '')
    writeFileSync(join(folder, 'scripts', 'test-on-node.cjs'), ON_NODE)
    writeFileSync(join(folder, 'scripts', 'run-example.cjs'), `process.exit(process.env.FAIL === 'example' ? 1 : 0)`)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('adds its own checks and the tests of both runs, and ends with the sum', () => {
    const { status, lastLine } = run({ AMBIT_TEST_POSTGRES_URL: 'postgres://somewhere' })
    expect(lastLine).toBe(`${CHECKS + ON_NODES + 2 * GOOD_REPORT.numPassedTests} passed, 0 failed`)
    expect(status).toBe(0)
  })

  it('runs the tests of databases with the server that is there, and all tests without', () => {
    run({ AMBIT_TEST_POSTGRES_URL: 'postgres://somewhere' })
    expect(calls().filter(line => line.startsWith('npm test'))).toEqual([
      `npm test -- ${FIRST_LOOK.join(' ')} --json --outputFile postgres://somewhere`,
      'npm test -- --json --outputFile none',
    ])
  })

  it('tells at the end what each step and the slowest files of tests took', () => {
    const testResults = [{ name: join(realpathSync(folder), 'test/slow.test.ts'), startTime: 0, endTime: 61_000 }]
    const { lines, lastLine } = run({}, { ...GOOD_REPORT, testResults })
    const [slowest, ...steps] = lines.slice(lines.findIndex(line => line.includes('slow.test.ts')))
    expect(slowest).toBe('    61 s  test/slow.test.ts (tests, with a PostgreSQL of their own)')
    expect(steps.pop()).toBe(lastLine)
    expect(steps.pop()).toMatch(/^took \d+ s$/)
    expect(steps.map(line => line.replace(/^ +\d+ s {2}/, '')).sort()).toEqual([...STEPS].sort())
  })

  it('runs the tests once where no server answers', () => {
    const { lastLine } = run({})
    expect(calls().filter(line => line.startsWith('npm test'))).toEqual(['npm test -- --json --outputFile none'])
    expect(lastLine).toBe(`${CHECKS + ON_NODES + GOOD_REPORT.numPassedTests} passed, 0 failed`)
  })

  it.each(['eslint', 'prettier', 'typecheck', 'build', 'npm start', 'example', 'check:package'])(
    'goes on when %s fails, and fails at the end',
    step => {
      const { status, lastLine } = run({ FAIL: step })
      expect(lastLine).toBe(`${CHECKS - 1 + ON_NODES + GOOD_REPORT.numPassedTests} passed, 1 failed`)
      expect(status).toBe(1)
      expect(calls()).toContain('npm run check:package none')
    },
  )

  it('runs the transactions on two more Nodes, with the same server, and counts them', () => {
    const { lastLine, status } = run({ AMBIT_TEST_POSTGRES_URL: 'postgres://somewhere', FAIL: 'node 24' })
    expect(calls().filter(line => line.startsWith('on-node'))).toEqual([
      'on-node 22 --json --outputFile postgres://somewhere',
      'on-node 24 --json --outputFile postgres://somewhere',
    ])
    expect(lastLine).toBe(`${CHECKS + ON_NODES + 2 * GOOD_REPORT.numPassedTests} passed, 1 failed`)
    expect(status).toBe(1)
  })

  it('counts failed tests', () => {
    const { status, lastLine } = run({ FAIL: 'npm test' }, { success: false, numPassedTests: 7, numFailedTests: 3 })
    expect(lastLine).toBe(`${CHECKS + ON_NODES + 7} passed, 3 failed`)
    expect(status).toBe(1)
  })

  it('fails when the tests end with an error that no test shows', () => {
    const { status, lastLine } = run({ FAIL: 'npm test' })
    expect(lastLine).toBe(`${CHECKS + ON_NODES + GOOD_REPORT.numPassedTests} passed, 1 failed`)
    expect(status).toBe(1)
  })

  it('stops at once when the installation fails, still with a sum', () => {
    const { status, lastLine } = run({ FAIL: 'npm ci' })
    expect(lastLine).toBe('0 passed, 1 failed')
    expect(status).toBe(1)
    expect(calls()).toHaveLength(1)
  })

  function run(
    env: Record<string, string>,
    report: object = GOOD_REPORT,
  ): { status: number | null; lines: readonly string[]; lastLine: string | undefined } {
    const { AMBIT_TEST_POSTGRES_URL: _, ...rest } = process.env
    const { status, stdout } = spawnSync('bash', ['.ci/run'], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...rest,
        FAIL: 'nothing',
        REPORT: JSON.stringify(report),
        PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter),
        ...env,
      },
    })
    const lines = stdout.trimEnd().split('\n')
    return { status, lines, lastLine: lines.at(-1) }
  }

  function calls(): string[] {
    return readFileSync(join(folder, 'calls.txt'), 'utf8').trimEnd().split('\n')
  }
})
