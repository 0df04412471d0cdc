import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BootstrapOptions, CrudRepository, Query, Repository, Service } from 'ambit'
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm'
import type { Io } from '../../src/cli/io'
import { run } from '../../src/cli/run'
import manifest from '../../package.json'
import { ENGINES, engineDatabase } from '../support/engines'
import { until } from '../support/until'

@Entity('parcel')
class Parcel {
  @PrimaryGeneratedColumn() id!: number
  @Column({ type: 'varchar', nullable: true }) label!: string | null
}

@Repository(Parcel)
class Parcels extends CrudRepository<Parcel> {
  @Query({ where: 'label = :label', result: 'one' })
  declare labelled: (label: string) => Promise<Parcel | null>
  @Query.sql('DELETE FROM parcel WHERE label = :label', { result: 'affected' })
  declare drop: (label: string) => Promise<number>
}

@Repository()
class Reports {
  @Query.sql('SELECT weight FROM parcel') declare weights: () => Promise<unknown[]>
}

let built = 0
@Service()
class Worker {
  constructor() {
    built += 1
  }
}

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function ambit(args: readonly string[], exported?: unknown, more: Partial<Io> = {}): Promise<Outcome> {
  let out = ''
  let err = ''
  const load = async (file: string): Promise<unknown> => {
    if (exported === undefined) throw new Error(`Cannot find module '${file}'`)
    return exported
  }
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), cwd: '/app', env: {}, load }
  const code = await run(args, { ...io, ...more })
  return { code, out, err }
}

describe('the program ambit', () => {
  it.each([
    [['--help'], 0],
    [['-h'], 0],
    [['check', '--help'], 0],
    [['check', '-h'], 0],
  ])('%j tells how it is used', async (args, code) => {
    const outcome = await ambit(args)
    expect(outcome).toMatchObject({ code, err: '' })
    expect(outcome.out).toMatch(/^Usage: ambit/)
  })

  it.each(['--version', '-v'])('%s tells its version', async flag => {
    expect(await ambit([flag])).toEqual({ code: 0, out: `${manifest.version}\n`, err: '' })
  })

  it.each([
    [[], /^Usage: ambit <command>/],
    [['chekc'], /ambit has no command 'chekc'\. Did you mean 'check'\?/],
    [['toString'], /ambit has no command 'toString'/],
    [['check'], /Give one module/],
    [['check', 'a.js', 'b.js'], /Give one module/],
    [['check', 'a.js', '--sql'], /--sql/],
    [['check', 'a.js', '--url'], /--url/],
    [['check', 'a.js', '--json=yes'], /--json/],
    [['check', 'missing.js'], /missing\.js could not be checked\.\n.*Cannot find module '\/app\/missing\.js'/],
  ])('%j cannot be run', async (args, says) => {
    const outcome = await ambit(args)
    expect(outcome).toMatchObject({ code: 2, out: '' })
    expect(outcome.err).toMatch(says)
  })

  it.each([
    ['nothing', {}, /exports neither 'application' nor a default/],
    ['a number', { default: 1 }, /no options of bootstrap/],
    ['a class of its own', { default: new DataSource({ type: 'postgres' }) }, /no options of bootstrap/],
    ['a URL that is no text', { default: { database: { url: 5 } } }, /could not be checked/],
    ['no database', { default: { entities: [] } }, /Give --url or DATABASE_URL, or --no-sql/],
  ])('a module that exports %s cannot be checked', async (_, exported, says) => {
    const outcome = await ambit(['check', 'a.js'], exported)
    expect(outcome).toMatchObject({ code: 2, out: '' })
    expect(outcome.err).toMatch(says)
  })

  it.each([
    ['alone', [], {}],
    ['with --url', ['--url', 'sqlite::memory:'], {}],
    ['with DATABASE_URL', [], { DATABASE_URL: 'sqlite::memory:' }],
    ['with --no-sql', ['--no-sql'], {}],
  ])('a data source that the application does not have is named, %s', async (_, args, env) => {
    const exported = { application: { database: { url: 'sqlite::memory:' } } }
    const outcome = await ambit(['check', 'a.js', '--data-source', 'reporting', ...args], exported, { env })
    expect(outcome).toMatchObject({ code: 2, out: '' })
    expect(outcome.err).toContain("no data source 'reporting'. Use one of default.")
  })

  it('a URL without a name is for the default data source, which the application has to have', async () => {
    const exported = { application: { dataSources: { reporting: { url: 'sqlite::memory:' } } } }
    const outcome = await ambit(['check', 'a.js', '--url', 'sqlite::memory:'], exported)
    expect(outcome.err).toContain("no data source 'default'. Use one of reporting.")
    const env = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
    expect(await ambit(['check', 'a.js'], exported, { env })).toMatchObject({ code: 0, err: '' })
  })

  it('a module that names no database may be given one by any name', async () => {
    const args = ['check', 'a.js', '--data-source', 'reporting', '--url', 'sqlite::memory:']
    expect(await ambit(args, { default: { entities: [] } })).toMatchObject({ code: 0, err: '' })
  })

  it('an unknown option of bootstrap is named', async () => {
    const outcome = await ambit(['check', 'a.js', '--no-sql'], { default: { entitys: [] } })
    expect(outcome.err).toContain('AMBIT_BOOTSTRAP_OPTIONS')
    expect(outcome.code).toBe(2)
  })
})

describe.each(ENGINES)('ambit check on $name', engine => {
  const db = engineDatabase(engine)
  const postgres = engine.name === 'PostgreSQL'
  const options = (more: Partial<BootstrapOptions> = {}): BootstrapOptions => ({
    database: { url: db.url, ...(postgres ? {} : { typeorm: db.settings.typeorm ?? {} }) },
    entities: [Parcel],
    components: [Parcels, Worker],
    ...more,
  })
  beforeEach(async () => {
    await db.query('DROP TABLE IF EXISTS parcel')
    await db.query(
      postgres
        ? 'CREATE TABLE parcel (id serial NOT NULL, label varchar, CONSTRAINT "PK_parcel" PRIMARY KEY (id))'
        : 'CREATE TABLE "parcel" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "label" varchar)',
    )
    await db.query("INSERT INTO parcel (label) VALUES ('kept')")
    built = 0
    db.log.clear()
  })
  afterEach(async () => {
    expect(built).toBe(0)
    expect(await db.query('SELECT label FROM parcel')).toEqual([{ label: 'kept' }])
    if (postgres) {
      const sessions = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ambit'"
      // The server takes a moment to end a session whose client has gone.
      await until('no session is left', async () => (await db.query(sessions)).length === 0)
    }
  })

  it.each([
    ['as application', (own: BootstrapOptions): unknown => ({ application: own })],
    ['by default', (own: BootstrapOptions): unknown => ({ default: own })],
    [
      'by default, from CommonJS',
      (own: BootstrapOptions): unknown => ({ default: { __esModule: true, default: own } }),
    ],
    ['by a function', (own: BootstrapOptions): unknown => ({ default: () => own })],
    ['by a promise', (own: BootstrapOptions): unknown => ({ application: async () => own })],
  ])('an application that is exported %s and right', async (_, exported) => {
    const outcome = await ambit(['check', 'dist/app.js'], exported(options()))
    expect(outcome).toMatchObject({ code: 0, err: '' })
    expect(outcome.out).toMatch(
      /^dist\/app\.js: 1 repository\n {2}Parcels \(default\): 2 queries, 9 statements\n\nNo problems \(\d+ ms\)\.\n$/,
    )
    expect(db.log.texts.join('\n')).not.toMatch(/INSERT|UPDATE|DELETE|CREATE|ALTER|DROP/)
  })

  it('tells every problem with what to do: of the tables, and of the SQL', async () => {
    await db.query('ALTER TABLE parcel RENAME COLUMN label TO labl')
    try {
      const outcome = await ambit(['check', 'app.js'], { application: options({ components: [Parcels, Reports] }) })
      expect(outcome).toMatchObject({ code: 1, err: '' })
      expect(outcome.out).toContain('1. ')
      for (const part of [
        'AMBIT_DATA_SOURCE_SCHEMA',
        'AMBIT_QUERY_SQL_INVALID',
        'where: Parcels.drop',
        'where: Parcels.labelled',
        'where: Reports.weights',
        'next:  ',
      ])
        expect(outcome.out).toContain(part)
      expect(outcome.out).toMatch(/\n\d+ problems \(\d+ ms\)\.\n$/)
    } finally {
      await db.query('ALTER TABLE parcel RENAME COLUMN labl TO label')
    }
  })

  it('answers data with --json', async () => {
    const fine = await ambit(['check', 'app.js', '--json'], { application: options() })
    expect({ ...fine, out: JSON.parse(fine.out) as unknown }).toEqual({
      code: 0,
      err: '',
      out: {
        ok: true,
        module: 'app.js',
        ms: expect.any(Number),
        repositories: [{ repository: 'Parcels', dataSource: 'default', queries: 2, statements: 9 }],
        problems: [],
      },
    })
    const wrong = await ambit(['check', 'app.js', '--json'], { application: options({ components: [Reports] }) })
    expect(wrong.code).toBe(1)
    expect(JSON.parse(wrong.out)).toMatchObject({
      ok: false,
      problems: [{ code: 'AMBIT_QUERY_SQL_INVALID', message: expect.stringContaining('Reports.weights') }],
    })
  })

  it('with wrong declarations it needs no database', async () => {
    @Repository(Parcel)
    class Wrong extends CrudRepository<Parcel> {
      @Query.unchecked() declare findByLabl: () => Promise<Parcel[]>
    }
    const outcome = await ambit(['check', 'app.js'], { application: options({ components: [Wrong] }) })
    expect(outcome).toMatchObject({ code: 1, err: '' })
    expect(outcome.out).toContain('where: Wrong.findByLabl')
    expect(db.log.texts).toEqual([])
  })

  it('with --no-sql it connects nowhere', async () => {
    const url = postgres ? 'postgres://nobody@127.0.0.1:1/none' : 'sqlite:/nowhere/at/all.db'
    const outcome = await ambit(['check', 'app.js', '--no-sql'], {
      application: options({ database: { url }, components: [Parcels, Reports] }),
    })
    expect(outcome).toMatchObject({ code: 0, err: '' })
    expect(outcome.out).toContain('Parcels (default): 2 queries\n')
    expect(outcome.out).toMatch(/No problems, no SQL was looked at \(\d+ ms\)\.\n$/)
  })

  it('neither migrates, nor creates, nor looks at the options for it', async () => {
    await db.query('DROP TABLE parcel')
    const own = options({ database: { url: db.url, schema: 'create' } })
    const outcome = await ambit(['check', 'app.js'], { application: own })
    expect(outcome.code).toBe(1)
    expect(outcome.out).toContain('Parcels.findAll, count, findById, exists, deleteById, insert, update')
    const found = postgres
      ? "SELECT to_regclass('parcel') AS t"
      : "SELECT count(*) AS t FROM sqlite_master WHERE name = 'parcel'"
    expect(await db.query(found)).toEqual([{ t: postgres ? null : 0 }])
    await db.query('CREATE TABLE parcel (id integer PRIMARY KEY, label varchar)')
    await db.query("INSERT INTO parcel (label, id) VALUES ('kept', 1)")
  })

  it('takes --url before the URL of the module, and DATABASE_URL where there is none', async () => {
    const dead = { url: postgres ? 'postgres://nobody@127.0.0.1:1/none' : 'sqlite:/nowhere/at/all.db' }
    const exported = { application: options({ database: dead }) }
    expect((await ambit(['check', 'app.js', '--url', db.url], exported)).code).toBe(0)
    expect((await ambit(['check', 'app.js'], exported, { env: { DATABASE_URL: db.url } })).code).toBe(2)
    const { database, ...none } = options()
    expect((await ambit(['check', 'app.js'], { application: none }, { env: { DATABASE_URL: db.url } })).code).toBe(0)
  })

  it('looks at the data source that is named, and checks the declarations of the others', async () => {
    const dead = { url: postgres ? 'postgres://nobody@127.0.0.1:1/none' : 'sqlite:/nowhere/at/all.db' }
    const { database, ...rest } = options()
    const dataSources = { default: { url: db.url }, reporting: dead }
    const exported = { application: { ...rest, dataSources } }
    expect((await ambit(['check', 'app.js', '--data-source', 'default'], exported)).code).toBe(0)
    expect((await ambit(['check', 'app.js'], exported)).code).toBe(2)
    const reporting = ['check', 'app.js', '--data-source', 'reporting', '--url', db.url]
    const swapped = { application: { ...rest, dataSources: { default: dead, reporting: dead } } }
    expect((await ambit(reporting, swapped)).code).toBe(0)
  })

  it('a database that is away is no problem of the application, and its password stays secret', async () => {
    const secret = 'do%2Dnot%2Dtell'
    const url = postgres ? `postgres://somebody:${secret}@127.0.0.1:1/shop` : 'sqlite:/nowhere/at/all.db'
    const boom = (): never => {
      throw new Error(`cannot use ${url}${postgres ? ' with do-not-tell' : ''}`)
    }
    for (const exported of [options({ database: { url, ...(postgres && { connectTimeoutMs: 500 }) } }), boom]) {
      const outcome = await ambit(['check', 'app.js', '--url', url], { application: exported })
      expect(outcome).toMatchObject({ code: 2, out: '' })
      expect(outcome.err).not.toMatch(/do-not-tell|do%2Dnot/)
    }
  })

  it('a DataSource of the module is looked at, and no URL can take its place', async () => {
    const dataSource = new DataSource({
      ...(postgres ? { type: 'postgres', url: db.url, applicationName: 'ambit' } : {}),
      ...(postgres ? {} : { type: 'better-sqlite3', database: db.url.slice('sqlite:'.length) }),
      entities: [Parcel],
    } as never)
    const exported = { application: { components: [Parcels], database: { dataSource } } }
    const refused = await ambit(['check', 'app.js', '--url', db.url], exported)
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.err).toContain("a DataSource of the module's own")
    expect((await ambit(['check', 'app.js'], exported)).code).toBe(0)
    expect(dataSource.isInitialized).toBe(false)
  })
})

describe('ambit check of SQLite', () => {
  it('makes no file that is not there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ambit-test-'))
    const file = join(folder, 'none.db')
    const exported = { application: { entities: [Parcel], components: [Parcels], database: { url: `sqlite:${file}` } } }
    const outcome = await ambit(['check', 'app.js'], exported)
    expect(outcome).toMatchObject({ code: 2 })
    expect(outcome.err).toContain('there is no file')
    expect(existsSync(file)).toBe(false)
    rmSync(folder, { recursive: true })
  })

  it('gives a database in memory its tables: there is nothing else to compare with', async () => {
    const database = { url: 'sqlite::memory:' }
    const fine = { application: { entities: [Parcel], components: [Parcels], database } }
    expect(await ambit(['check', 'app.js'], fine)).toMatchObject({ code: 0 })
    const wrong = { application: { entities: [Parcel], components: [Reports], database } }
    expect(await ambit(['check', 'app.js'], wrong)).toMatchObject({ code: 1 })
  })
})
