import { POSTGRES_URL } from '../support/postgres'
import { CASES, PASSWORD, WRONG_URLS } from './cases'
import { type Outcome, ProgramFolder, type ProgramRun } from './run-program'
import { StandInServer } from './server'

// Each program runs in a process of its own, which must end by itself. The snapshots beside this file show all that its
// author sees, without the lines of stacks.

const folder = new ProgramFolder()
const outcomes = new Map<string, Promise<Outcome>>()
let untouched: StandInServer
let mute: StandInServer
let wary: StandInServer
let closedPort: number

beforeAll(async () => {
  untouched = await StandInServer.start()
  mute = await StandInServer.start()
  wary = await StandInServer.wary()
  const gone = await StandInServer.start()
  closedPort = gone.port
  await gone.close()
  // All of them are started here, since one by one they would take twice as long.
  const runs = [
    ...WRONG_URLS.map(([, url]) => countUsers(url)),
    ...UNUSABLE.map(([, program, url]) => ({ program, args: [url()] })),
    ...Object.values(CASES).flatMap(cases => cases.flatMap(each => (each.both ? [each, onPostgres(each)] : [each]))),
    ...HARMLESS,
  ]
  for (const run of runs) outcomeOf(run).catch(() => undefined)
})

afterAll(async () => {
  await Promise.allSettled(outcomes.values())
  await Promise.all([untouched, mute, wary].map(server => server.close()))
  folder.remove()
})

describe('bad input: the URL of a database', () => {
  it.each(WRONG_URLS)('%s is refused without a word of it', async (_, url) => {
    const outcome = await outcomeOf(countUsers(url))
    expectToldAtOnce(outcome)
    expect(outcome.output).not.toMatch(PASSWORD)
    expect(outcome.output).toMatchSnapshot()
  })
})

const UNUSABLE: readonly (readonly [name: string, program: string, url: () => string])[] = [
  ['nobody listens, at the first use', 'count-users', () => `postgres://alice:hunter2@127.0.0.1:${closedPort}/shop`],
  ['nobody listens, at the start', 'create-schema', () => `postgres://alice:h%75nter2@127.0.0.1:${closedPort}/shop`],
  [
    'nobody listens, and the password is a parameter',
    'count-users',
    () => `postgres://127.0.0.1:${closedPort}/shop?user=alice&password=hunter2`,
  ],
  ['there is no such host', 'count-users', () => 'postgres://alice:hunter2@no-such-host.invalid/shop'],
  ['it never answers', 'silent-server', () => `postgres://alice:hunter2@127.0.0.1:${mute.port}/shop`],
  ['it refuses the password', 'create-schema', () => `postgres://alice:hunter2@127.0.0.1:${wary.port}/shop`],
  ['it has no such database', 'create-schema', () => testServer('ambit_test_never_made')],
]

describe('bad input: a server that cannot be used', () => {
  it.each(UNUSABLE)('%s', async (_, program, url) => {
    const outcome = await outcomeOf({ program, args: [url()] })
    expect(outcome).toMatchObject({ exitCode: 1, files: [] })
    expect(outcome.output).toContain('[AMBIT_DATA_SOURCE_UNREACHABLE]')
    expect(outcome.output).not.toMatch(PASSWORD)
    expect(sameEverywhere(outcome.output)).toMatchSnapshot()
  })
})

describe.each(Object.entries(CASES))('bad input: %s', (_, cases) => {
  it.each(cases)('$name', async each => {
    const outcome = await outcomeOf(each)
    if (each.told === 'after the start') expectToldBeforeSql(outcome)
    else expectToldAtOnce(outcome)
    expect(outcome.output).toMatch(/^(.*\n)?Uncaught \w+: .* \[AMBIT_\w+\]\n/)
    expect(outcome.output).toMatchSnapshot()
    if (!each.both) return
    expect(await outcomeOf(onPostgres(each))).toEqual({ ...outcome, files: [], statements: [] })
    expect(untouched.bytes).toBe(0)
  })
})

const HARMLESS: readonly ProgramRun[] = [
  { program: 'static-method' },
  { program: 'forgotten-declare', build: 'tsc' },
  { program: 'forgotten-declare', build: 'esbuild' },
]

describe('input that is not bad: a static method, and no declare where the build emits no fields', () => {
  it.each(HARMLESS)('$program, $build', async run => {
    expect(await outcomeOf(run)).toMatchObject({
      exitCode: 0,
      output: run.program === 'static-method' ? 'application: in a transaction true' : 'null',
      files: ['shop.db'],
    })
  })
})

function outcomeOf({ program, build, args = [] }: ProgramRun): Promise<Outcome> {
  const key = [program, build, ...args].join(' ')
  const outcome = outcomes.get(key) ?? folder.run({ program, ...(build ? { build } : {}), args })
  outcomes.set(key, outcome)
  return outcome
}

function countUsers(url: string): ProgramRun {
  return { program: 'count-users', args: [url] }
}

function onPostgres(run: ProgramRun): ProgramRun {
  return { ...run, args: [`postgres://alice:hunter2@127.0.0.1:${untouched.port}/shop`] }
}

function testServer(database: string): string {
  const url = new URL(process.env[POSTGRES_URL] ?? '')
  url.pathname = database
  return url.href
}

/** Nothing was opened: not a file is there. */
function expectToldAtOnce({ exitCode, files, statements }: Outcome): void {
  expect({ exitCode, files, statements }).toEqual({ exitCode: 1, files: [], statements: [] })
}

/** The database was opened and closed again, or its log would lie beside the file; nothing but settings was sent. */
function expectToldBeforeSql({ exitCode, files, statements }: Outcome): void {
  const sql = statements.filter(statement => !/^PRAGMA /i.test(statement))
  expect({ exitCode, files, sql }).toEqual({ exitCode: 1, files: ['shop.db'], sql: [] })
}

/** Ports differ, and so does what resolvers, drivers and servers of other versions add. */
function sameEverywhere(output: string): string {
  return output
    .replaceAll('EAI_AGAIN', 'ENOTFOUND')
    .replace(/^ +(?:(?:errno|length|file|line|routine): .*|\w+: undefined,?)\n/gm, '')
    .replace(/(?<=127\.0\.0\.1:|port: )\d+/g, 'PORT')
    .replace(/\(\S+(?=\/ambit_test_never_made\))/, '(HOST:PORT')
}
