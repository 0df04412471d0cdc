import { bootstrap, type DataSourceSettings } from 'ambit'
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { type EngineDatabase, ENGINES, expectClean, silentLogger } from '../support/engines'
import { itOnlyIn } from '../support/lanes/only-in'

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

const MIGRATIONS = [CreateGenre1700000000001, NameGenre1700000000002]

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
  const ran = async (): Promise<string[]> =>
    (await db.query<{ name: string }>('SELECT name FROM migrations ORDER BY id')).map(({ name }) => name)

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

  const beside = engine.oneWriter
    ? itOnlyIn('main', 'SQLite has no migration lock; a synchronous driver needs none')
    : it
  beside('PS-W22 starts beside each other migrate once', async () => {
    const starts = await Promise.allSettled([migrate(), migrate(), migrate()])
    expect(starts.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    expect(await ran()).toEqual(['CreateGenre1700000000001', 'NameGenre1700000000002'])
  })
})
