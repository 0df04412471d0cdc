import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrap, type DataSourceSettings } from 'ambit'
import { DataSource, type DataSourceOptions, type MigrationInterface, type QueryRunner } from 'typeorm'
import { type EngineDatabase, ENGINES, expectClean, silentLogger } from '../support/engines'
import { sqliteOptions } from '../support/lanes/sqlite-options'

class CreateGenre1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE genre (id integer PRIMARY KEY)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE genre')
  }
}

class NameGenre1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE genre ADD COLUMN name varchar(50)')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE genre DROP COLUMN name')
  }
}

class Breaks1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half (id integer PRIMARY KEY)')
    await runner.query('THIS IS NO SQL')
  }

  async down(): Promise<void> {}
}

class FillGenre1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query("INSERT INTO genre (id, name) VALUES (4, 'jazz')")
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM genre')
  }
}

class Timeless implements MigrationInterface {
  async up(): Promise<void> {}
  async down(): Promise<void> {}
}

const [FIRST, SECOND, BROKEN, LAST] = [
  'CreateGenre1700000000001',
  'NameGenre1700000000002',
  'Breaks1700000000003',
  'FillGenre1700000000004',
]
const MIGRATIONS = [CreateGenre1700000000001, NameGenre1700000000002]

class MoreGenre1700000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query("INSERT INTO genre (id, name) VALUES (5, 'funk')")
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM genre')
  }
}

/** The migration that failed, under the same name, after somebody has mended it. */
function corrected(): new () => MigrationInterface {
  class Mended extends Breaks1700000000003 {
    override async up(runner: QueryRunner): Promise<void> {
      await runner.query('CREATE TABLE IF NOT EXISTS half (id integer PRIMARY KEY)')
    }
  }
  Object.defineProperty(Mended, 'name', { value: BROKEN })
  return Mended
}

describe.each(ENGINES)('migrations at the start on $name', engine => {
  let db: EngineDatabase
  beforeEach(async () => {
    db = await engine.create()
  })
  afterEach(async () => {
    jest.restoreAllMocks()
    await db.drop()
  })

  const migrate = async (settings: Partial<DataSourceSettings> = {}): Promise<void> => {
    const database: DataSourceSettings = { ...db.settings, schema: 'migrate', migrations: MIGRATIONS, ...settings }
    const app = await bootstrap({ database, logger: silentLogger })
    await expectClean(db, app)
    await app.close()
  }
  /** On SQLite the list of migrations is made in their transaction, and is gone with it. */
  const ran = async (): Promise<string[]> => {
    const listed = 'SELECT name FROM migrations ORDER BY id'
    const none = "SELECT name FROM sqlite_master WHERE name = 'migrations'"
    if (engine.oneWriter && (await db.query(none)).length === 0) return []
    return (await db.query<{ name: string }>(listed)).map(({ name }) => name)
  }

  it('PS-48 tables, columns and the list of migrations are there after the start', async () => {
    await migrate()
    await db.query("INSERT INTO genre (id, name) VALUES (1, 'jazz')")
    expect(await db.query('SELECT id, name FROM genre')).toEqual([{ id: 1, name: 'jazz' }])
    expect(await ran()).toEqual(['CreateGenre1700000000001', 'NameGenre1700000000002'])
  })

  it('PS-50 without a schema mode nothing happens at all', async () => {
    await migrate({ schema: 'none' })
    expect(db.log.texts).toEqual([])
    const tables = engine.oneWriter ? 'sqlite_master' : "pg_tables WHERE schemaname = 'public'"
    expect(await db.query(`SELECT * FROM ${tables}`)).toEqual([])
  })

  it('PS-51 a second start changes nothing, a later one runs only what is new', async () => {
    await migrate({ migrations: [CreateGenre1700000000001] })
    await migrate({ migrations: [CreateGenre1700000000001] })
    expect(await ran()).toEqual(['CreateGenre1700000000001'])
    await migrate()
    expect(await ran()).toEqual(['CreateGenre1700000000001', 'NameGenre1700000000002'])
  })

  it.each(['all', 'each'] as const)(
    'PS-48 one that fails stops the start and leaves nothing half done: %s',
    async mode => {
      jest.spyOn(console, 'log').mockImplementation() // TypeORM announces the failure whatever its logging option says
      const migrations = [...MIGRATIONS, Breaks1700000000003]
      await expect(migrate({ migrations, migrationsTransaction: mode })).rejects.toThrow()
      await expect(db.query('SELECT * FROM half')).rejects.toMatchObject({ message: expect.stringContaining('half') })
      expect(await ran()).toHaveLength(mode === 'all' ? 0 : 2)
    },
  )

  describe('a target', () => {
    // Not in the order of their times, which is the order in which they run.
    const migrations = [FillGenre1700000000004, ...MIGRATIONS]
    const rows = (): Promise<unknown[]> => db.query('SELECT * FROM genre')

    it('PS-49 stops at that migration: it is run, later ones stay pending', async () => {
      await migrate({ migrations, migrationTarget: SECOND })
      expect(await ran()).toEqual([FIRST, SECOND])
      await db.query("INSERT INTO genre (id, name) VALUES (1, 'soul')")
      expect(await rows()).toEqual([{ id: 1, name: 'soul' }])
    })

    it('PS-49 raised with each start, leads through all in their order', async () => {
      await migrate({ migrations, migrationTarget: FIRST })
      expect(await rows()).toEqual([])
      await expect(db.query('SELECT name FROM genre')).rejects.toMatchObject({
        message: expect.stringContaining('name'),
      })
      await migrate({ migrations, migrationTarget: SECOND })
      await migrate({ migrations, migrationTarget: SECOND })
      expect(await rows()).toEqual([])
      await migrate({ migrations })
      expect(await ran()).toEqual([FIRST, SECOND, LAST])
      expect(await rows()).toEqual([{ id: 4, name: 'jazz' }])
    })

    it('PS-49 fills a gap that was left below it', async () => {
      await migrate({ migrations: [CreateGenre1700000000001] })
      await migrate({ migrations, migrationTarget: LAST })
      expect(await ran()).toEqual([FIRST, SECOND, LAST])
    })

    it('PS-49 below one that fails keeps the start from it', async () => {
      const withBroken = [...migrations, Breaks1700000000003]
      await migrate({ migrations: withBroken, migrationTarget: SECOND })
      expect(await ran()).toEqual([FIRST, SECOND])
    })

    it.each(['all', 'each', 'none'] as const)(
      'PS-49 that cannot be reached fails the start; a corrected migration is then run from there: %s',
      async migrationsTransaction => {
        jest.spyOn(console, 'log').mockImplementation()
        const settings = { migrationsTransaction, migrationTarget: BROKEN } as const
        const failing = migrate({ ...settings, migrations: [...migrations, Breaks1700000000003] })
        await expect(failing).rejects.toMatchObject({ message: expect.stringMatching(/THIS|syntax/) })
        expect(await ran()).toEqual(migrationsTransaction === 'all' ? [] : [FIRST, SECOND])
        const half = db.query('SELECT * FROM half')
        if (migrationsTransaction === 'none') await expect(half).resolves.toEqual([])
        else await expect(half).rejects.toMatchObject({ message: expect.stringContaining('half') })
        await migrate({ ...settings, migrations: [...migrations, corrected()] })
        expect(await ran()).toEqual([FIRST, SECOND, BROKEN])
      },
    )

    it('PS-49 that is no migration is refused with the near misses, before anything is sent', async () => {
      const outcome = migrate({ migrations, migrationTarget: 'NameGenre1700000000020' })
      await expect(outcome).rejects.toMatchObject({
        name: 'MigrationSetupError',
        code: 'AMBIT_DATA_SOURCE_MIGRATION_TARGET',
        message: expect.stringMatching(/'NameGenre1700000000020'[^]*Did you mean NameGenre1700000000002\?/),
      })
      await expect(migrate({ migrations, migrationTarget: 'genre' })).rejects.toThrow(/Did you mean .*CreateGenre17/)
      await expect(migrate({ migrations, migrationTarget: '' })).rejects.toThrow(/The latest is FillGenre1700000000004/)
      expect(db.log.entries).toEqual([])
    })

    it('PS-49 that the database is beyond is refused: nothing is reverted, and nothing run', async () => {
      await migrate({ migrations: [CreateGenre1700000000001, MoreGenre1700000000005, NameGenre1700000000002] })
      db.log.clear()
      const outcome = migrate({ migrations: [...migrations, MoreGenre1700000000005], migrationTarget: LAST })
      await expect(outcome).rejects.toMatchObject({
        code: 'AMBIT_DATA_SOURCE_MIGRATION_TARGET',
        message: expect.stringMatching(
          /beyond migrationTarget FillGenre1700000000004 already: it has MoreGenre1700000000005\./,
        ),
      })
      expect(db.log.commands.filter(command => /^(CREATE|ALTER|INSERT|DELETE|DROP)/.test(command))).toEqual([])
      expect(await ran()).toEqual([FIRST, SECOND, 'MoreGenre1700000000005'])
      await migrate({ migrations: [...migrations, MoreGenre1700000000005] })
      expect(await ran()).toContain(LAST)
    })

    it('PS-49 is refused too where the migration beyond it is no longer in the code', async () => {
      await migrate({ migrations })
      await expect(migrate({ migrationTarget: SECOND })).rejects.toThrow(/it has FillGenre1700000000004/)
      expect(await rows()).toHaveLength(1)
    })

    it.each([
      ['without migrating', { schema: 'create', migrationTarget: FIRST }, /means nothing without schema: 'migrate'/],
      ['that is no string', { migrationTarget: 2 as never }, /no string/],
    ] as const)('PS-49 %s is refused', async (_, settings, message) => {
      await expect(migrate(settings)).rejects.toMatchObject({
        code: 'AMBIT_DATA_SOURCE_INVALID_SETTINGS',
        message: expect.stringMatching(message),
      })
      expect(db.log.entries).toEqual([])
    })
  })

  describe('a set-up that cannot work', () => {
    const refused = { name: 'MigrationSetupError', code: 'AMBIT_DATA_SOURCE_MIGRATIONS' }
    let folder: string
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'ambit-test-'))
    })
    afterEach(() => rmSync(folder, { recursive: true, force: true }))

    it.each([
      ['no migrations', {}, /has schema: 'migrate', but no migrations\.[^]*Give migrations: \['dist/],
      ['an empty list', { migrations: [] }, /but no migrations/],
      ['a class without a time', { migrations: [Timeless] }, /Timeless migration name is wrong[^]*AddAge1700000000000/],
      [
        'a class twice',
        { migrations: [...MIGRATIONS, CreateGenre1700000000001] },
        /CreateGenre1700000000001[^]*each class once/,
      ],
    ] as const)('PS-52 %s: the message says what to do, and nothing is sent', async (_, settings, message) => {
      const database = { ...db.settings, schema: 'migrate', ...settings } as const
      const outcome = bootstrap({ database, logger: silentLogger })
      await expect(outcome).rejects.toMatchObject({ ...refused, message: expect.stringMatching(message) })
      expect(db.log.entries).toEqual([])
    })

    it('PS-52 file patterns that match nothing: the message names them, and where they begin', async () => {
      const pattern = join(folder, '*.js')
      for (const migrations of [[pattern], [CreateGenre1700000000001, pattern]]) {
        const error = await migrate({ migrations }).catch((caught: unknown) => caught)
        expect(error).toMatchObject({ ...refused, message: expect.stringContaining(`in files like '${pattern}'`) })
        expect(error).toMatchObject({ message: expect.stringContaining(`working directory, ${process.cwd()}`) })
      }
      expect(db.log.entries).toEqual([])
    })

    it('PS-52 files that export no class count as nothing', async () => {
      writeFileSync(join(folder, 'notes.js'), 'module.exports = { text: 1 }')
      await expect(migrate({ migrations: [join(folder, '*.js')] })).rejects.toMatchObject(refused)
    })

    it('PS-52 a DataSource of the user’s own is looked at just the same', async () => {
      const options = engine.oneWriter
        ? sqliteOptions(db.url.replace('sqlite:', ''))
        : { type: 'postgres', url: db.url }
      const dataSource = new DataSource(options as DataSourceOptions)
      const start = bootstrap({ database: { dataSource, schema: 'migrate' }, logger: silentLogger })
      await expect(start).rejects.toMatchObject(refused)
      expect(dataSource.isInitialized).toBe(false)
    })

    it('PS-48 files that match are run, up to a target among them', async () => {
      for (const [name, sql] of [
        [FIRST, 'CREATE TABLE genre (id integer PRIMARY KEY)'],
        [SECOND, 'CREATE TABLE beyond (id integer PRIMARY KEY)'],
      ]) {
        const up = `async up(runner) { await runner.query(${JSON.stringify(sql)}) }`
        writeFileSync(join(folder, `${name}.js`), `exports.${name} = class ${name} { ${up} async down() {} }`)
      }
      await migrate({ migrations: [join(folder, '*.js')], migrationTarget: FIRST })
      expect(await ran()).toEqual([FIRST])
      expect(await db.query('SELECT * FROM genre')).toEqual([])
    })
  })

  it.each(['all', 'each'] as const)('PS-W22 starts beside each other migrate once: %s', async migrationsTransaction => {
    const settings = { migrations: [...MIGRATIONS, FillGenre1700000000004], migrationsTransaction }
    const database = { ...db.settings, schema: 'migrate', ...settings } as const
    // Each closes at once: what one holds is no leak of another's.
    const starts = [1, 2, 3, 4].map(async () => (await bootstrap({ database, logger: silentLogger })).close())
    await Promise.all(starts)
    expect(await ran()).toEqual([FIRST, SECOND, LAST])
    expect(await db.query('SELECT * FROM genre')).toEqual([{ id: 4, name: 'jazz' }])
  })
})
