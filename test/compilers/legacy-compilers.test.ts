import { join } from 'node:path'
import Database from 'better-sqlite3'
import { root } from '../architecture/source-graph'
import type { LegacyCompiler, Sources } from './compiler'
import { LEGACY_COMPILERS } from './legacy-compilers'
import { PackageRoom, sourcesIn } from './package-room'
import { SELECTION } from './selection-report'

// The same program by every compiler that calls decorators the legacy way: compiled, run by Node on a database file, and
// judged by what it says and by what it stored. The guide about compilers has a row for each of these tests.

const APP = sourcesIn(join(__dirname, 'app'))
const QUICKSTART = sourcesIn(join(root, 'examples/quickstart'))

const room = new PackageRoom()
afterAll(() => room.remove())

describe.each(LEGACY_COMPILERS.map(each => [each.id, each] as const))('%s', (_, compiler) => {
  let report: Report
  let people: readonly unknown[]
  beforeAll(async () => {
    const { output, database } = await runOn(compiler, 'app', APP)
    report = JSON.parse(output) as Report
    people = rowsOf(database, 'SELECT * FROM people ORDER BY id')
  })

  it('runs class-level, method-level and inherited transactions', () => {
    expect(report).toMatchObject({
      controls: [
        'BEGIN IMMEDIATE',
        'SAVEPOINT "ambit_1"',
        'ROLLBACK TO SAVEPOINT "ambit_1"',
        'RELEASE SAVEPOINT "ambit_1"',
        'COMMIT',
      ],
      refused: 'AMBIT_DATABASE_UNIQUE',
      welcomed: ['alice', 'bob'],
    })
    expect(people).toEqual([
      { id: 1, name: 'alice', active: 1 },
      { id: 2, name: 'bob', active: 0 },
    ])
  })

  it('binds settings, with the types that are written out and those of initial values', () => {
    expect(report.settings).toEqual({
      address: 'localhost:25',
      to: ['a', 'b'],
      retries: 3,
      password: 'secret',
      printed: { server: { host: 'localhost', port: 25 }, to: ['a', 'b'], retries: 3 },
      handle: true,
      frozen: true,
    })
  })

  it('runs queries in both forms, and overridden ones', () => {
    expect(report).toMatchObject({ census: { names: ['alice'], active: 1 }, retired: ['bob'] })
  })

  it('PI-09 PI-W2 injects qualified, named and conditional components, lists and maps, by `static inject` alone', () => {
    expect(report.selection).toEqual(SELECTION)
  })

  it(
    compiler.metadata
      ? 'emits what a constructor needs'
      : 'emits no constructor types, and a service without `static inject` is told to write it',
    () => {
      expect(report.byType).toEqual(compiler.metadata ? true : TOLD_TO_LIST)
    },
  )

  it(
    compiler.fields
      ? 'makes a field of a query without `declare`, which is told to write it'
      : 'makes no field of a query without `declare`',
    () => {
      expect(report.forgotten).toEqual(compiler.fields ? TOLD_TO_DECLARE : true)
    },
  )
})

// Its imports have no file extensions, and it leaves the types of columns and constructors to the emitted metadata.
const FOR_QUICKSTART = LEGACY_COMPILERS.filter(({ metadata, format }) => metadata && format === 'commonjs')

it.each(FOR_QUICKSTART.map(each => [each.id, each] as const))(
  '%s runs the quickstart as it is',
  async (_, compiler) => {
    const { output, database } = await runOn(compiler, 'quickstart', QUICKSTART)
    expect(output).toContain('2 active users (2 by SQL): alice, bob')
    expect(output).toMatch(/ROLLBACK TO SAVEPOINT "ambit_1"[^]*COMMIT/)
    expect(rowsOf(database, 'SELECT username, active FROM ambit_quickstart_users ORDER BY id')).toEqual([
      { username: 'alice', active: 1 },
      { username: 'bob', active: 1 },
    ])
    expect(rowsOf(database, 'SELECT text FROM ambit_quickstart_audit_lines')).toEqual([
      { text: 'registered alice' },
      { text: 'registered bob' },
    ])
  },
)

/** What `app/main.ts` prints. */
interface Report {
  readonly census: unknown
  readonly controls: readonly string[]
  readonly refused: string
  readonly welcomed: readonly string[]
  readonly retired: readonly string[]
  readonly settings: unknown
  readonly byType: unknown
  readonly selection: unknown
  readonly forgotten: unknown
}

const TOLD_TO_LIST = {
  code: 'AMBIT_BOOTSTRAP_INVALID',
  message: expect.stringMatching(
    /ByType takes 1 parameter, but the build emitted no types for them\. \[AMBIT_DI_METADATA\]\n.*write static inject = \[A, B\]\./,
  ) as string,
}

/** At the start where the class's text shows its fields, else when it is built. */
const TOLD_TO_DECLARE = {
  code: expect.stringMatching(/^AMBIT_(BOOTSTRAP_INVALID|REPOSITORY_FIELD)$/) as string,
  message: expect.stringMatching(
    /\[AMBIT_REPOSITORY_FIELD\]\n *where: ForgottenRepository\n *next: {2}Write 'declare' before each, as in 'declare findOneByName: …'/,
  ) as string,
}

/** Compiles a program, and runs it on a database of its own. */
async function runOn(
  compiler: LegacyCompiler,
  program: string,
  sources: Sources,
): Promise<{ output: string; database: string }> {
  const folder = room.folderFor(`${program}-${compiler.id}`, compiler.format)
  await compiler.compile(sources, folder)
  const database = join(folder, 'stored.db')
  const { status, output, errors } = await room.run(compiler, folder, [`sqlite:${database}`])
  expect({ status, errors }).toEqual({ status: 0, errors: '' })
  return { output, database }
}

function rowsOf(path: string, sql: string): readonly unknown[] {
  const database = new Database(path, { readonly: true })
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}
