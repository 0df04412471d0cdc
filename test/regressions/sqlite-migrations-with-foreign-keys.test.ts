import { type Application, bootstrap, dataSourceToken, transactional } from 'ambit'
import { type DataSource, type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm'
import { engineDatabase, ENGINES, expectClean, silentLogger } from '../support/engines'

// runMigrations() inside a scope ran with foreign keys on, which SQLite cannot switch off within a transaction: a migration
// that re-makes a table, as TypeORM generates them, deleted every row that refers to it by ON DELETE CASCADE.

class RemakeParent1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE temporary_parent (id integer PRIMARY KEY, name varchar)')
    await runner.query('INSERT INTO temporary_parent (id) SELECT id FROM parent')
    await runner.query('DROP TABLE parent')
    await runner.query('ALTER TABLE temporary_parent RENAME TO parent')
  }
  async down(): Promise<void> {}
}

const sqlite = ENGINES.filter(({ oneWriter }) => oneWriter)

describe.each(sqlite)('what changes tables inside a scope on $name', engine => {
  const database = engineDatabase(engine)
  const refused = { code: 'AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION' }

  async function start(): Promise<{ readonly app: Application; readonly dataSource: DataSource }> {
    const settings = { ...database.settings, schema: 'none', migrations: [RemakeParent1700000000000] } as const
    const app = await bootstrap({ logger: silentLogger, database: settings })
    const dataSource: DataSource = app.get(dataSourceToken('default'))
    for (const text of TABLES) await dataSource.query(text)
    return { app, dataSource }
  }

  const children = (): Promise<unknown[]> => database.query('SELECT id FROM child ORDER BY id')

  it('runMigrations() is refused, and no row is lost; outside it works', async () => {
    const { app, dataSource } = await start()
    await transactional({ label: 'Admin.upgrade' }, async () => {
      await expect(dataSource.runMigrations()).rejects.toMatchObject({
        ...refused,
        message: expect.stringMatching(/inside the transaction of Admin\.upgrade, where SQLite cannot .* foreign keys/),
      })
    })
    expect(await children()).toEqual([{ id: 1 }, { id: 2 }])
    expect(await dataSource.runMigrations()).toHaveLength(1)
    expect(await children()).toEqual([{ id: 1 }, { id: 2 }])
    await expectClean(database, app)
    await app.close()
  })

  it('a table that others refer to is not re-made by a query runner, one that nobody refers to is', async () => {
    const { app, dataSource } = await start()
    const column = (): TableColumn => new TableColumn({ name: 'extra', type: 'varchar', isNullable: true })
    await transactional({ label: 'Admin.upgrade' }, async () => {
      const runner = dataSource.createQueryRunner()
      await expect(runner.addColumn('parent', column())).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining("'parent'"),
      })
      await runner.addColumn('child', column())
    })
    expect(await database.query('SELECT id, extra FROM child ORDER BY id')).toEqual([
      { id: 1, extra: null },
      { id: 2, extra: null },
    ])
    await expectClean(database, app)
    await app.close()
  })
})

const TABLES = [
  'DROP TABLE IF EXISTS child',
  'DROP TABLE IF EXISTS parent',
  'DROP TABLE IF EXISTS migrations',
  'CREATE TABLE parent (id integer PRIMARY KEY)',
  'CREATE TABLE child (id integer PRIMARY KEY, parent integer REFERENCES parent (id) ON DELETE CASCADE)',
  'INSERT INTO parent VALUES (1)',
  'INSERT INTO child VALUES (1, 1), (2, 1)',
]
