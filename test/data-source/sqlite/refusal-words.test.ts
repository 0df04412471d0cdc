import { type Application, bootstrap, dataSourceToken, transactional } from 'ambit'
import { CrudRepository, Repository } from 'ambit'
import { type DataSource, Entity, PrimaryColumn } from 'typeorm'
import { engineDatabase, ENGINES, expectClean, silentLogger } from '../../support/engines'
import { rejection } from '../harness'

// What a refusal or a wait on SQLite says must be about what was called, not about something like it.

@Entity('item')
class Item {
  @PrimaryColumn({ type: 'varchar' })
  k!: string
}

@Repository(Item)
class Items extends CrudRepository<Item, string> {}

const start = (url: string): Promise<Application> =>
  bootstrap({
    logger: silentLogger,
    waitTimeoutMs: 60,
    database: { url, schema: 'create' },
    entities: [Item],
    components: [Items],
  })

const INSERT = "INSERT INTO item (k) VALUES ('secret')"

const nested = async (app: Application, read: () => Promise<unknown>): Promise<Error & Record<string, unknown>> =>
  transactional({ label: 'Shop.order' }, async () => {
    await app.get(Items).insert({ k: 'a' })
    return rejection(transactional({ propagation: 'NOT_SUPPORTED', label: 'Shop.look' }, read))
  })

describe('in memory, where there is one connection', () => {
  it.each([
    ['a repository', 'Items.findById', (app: Application) => app.get(Items).findById('a')],
    [
      'a handle',
      'a statement outside every transaction (SELECT)',
      (app: Application) => dataSourceOf(app).query('SELECT 1'),
    ],
  ])('a read by %s under NOT_SUPPORTED is refused in words of its own', async (_, who, read) => {
    await using app = await start('sqlite::memory:')
    const error = await nested(app, () => read(app))
    expect(error).toMatchObject({ code: 'AMBIT_SQLITE_OUTSIDE_AFTER_WRITE', holder: 'Shop.order' })
    expect(error.message.split('\n')[0]).toBe(
      `${who} cannot read outside the suspended transaction of Shop.order: the database has one connection (it is in memory, or not in WAL mode), and on it are the uncommitted rows of Shop.order. [AMBIT_SQLITE_OUTSIDE_AFTER_WRITE]`,
    )
    expect(error.message).not.toContain('REQUIRES_NEW')
  })

  it('a write by a repository under NOT_SUPPORTED is not called REQUIRES_NEW either', async () => {
    await using app = await start('sqlite::memory:')
    const error = await nested(app, () => app.get(Items).insert({ k: 'b' }))
    expect(error).toMatchObject({ code: 'AMBIT_SQLITE_OUTSIDE_AFTER_WRITE' })
    expect(error.message).toMatch(
      /^Items\.insert cannot run outside the suspended transaction of Shop\.order: SQLite has/,
    )
  })

  it('REQUIRES_NEW keeps its own', async () => {
    await using app = await start('sqlite::memory:')
    const error = await transactional({ label: 'Shop.order' }, async () => {
      await app.get(Items).insert({ k: 'a' })
      const audit = transactional({ propagation: 'REQUIRES_NEW', label: 'Shop.audit' }, () => app.get(Items).findAll())
      return rejection(audit)
    })
    expect(error).toMatchObject({ code: 'AMBIT_SQLITE_NEW_AFTER_WRITE' })
    expect(error.message).toContain('Shop.audit (REQUIRES_NEW)')
  })
})

const sqlite = ENGINES.filter(({ oneWriter }) => oneWriter)

describe.each(sqlite)('a query runner made before a transaction on $name', engine => {
  const database = engineDatabase(engine)

  it('is told who holds the writer, what both run, and what to do', async () => {
    const app = await start(database.url)
    const runner = dataSourceOf(app).createQueryRunner()
    await transactional({ label: 'Shop.order' }, async () => {
      await app.get(Items).insert({ k: 'a' })
      const error = await rejection(runner.query(INSERT))
      expect(error).toMatchObject({
        code: 'AMBIT_SQLITE_WRITER_BUSY',
        outside: true,
        wanted: 'INSERT INTO item (k) VALUES (?)',
        holder: 'Shop.order',
        runs: undefined,
      })
      expect(error.message.replace(/for \d+ ms,/, 'for N ms,')).toBe(
        "a statement outside every transaction (INSERT) waited 60 ms for the writer of 'default', which Shop.order has held for N ms, running nothing now; 0 more in the queue. It wanted to run 'INSERT INTO item (k) VALUES (?)'. [AMBIT_SQLITE_WRITER_BUSY]\n" +
          '  where: a statement outside every transaction (INSERT)\n' +
          '  next:  Move slow work (network calls, timers) out of the transaction of Shop.order, or raise waitTimeoutMs; if Shop.order itself awaits this, make the query runner inside Shop.order, where it works in that transaction, or use it before or after.',
      )
    })
    await runner.release()
    expect(await database.query('SELECT k FROM item')).toEqual([{ k: 'a' }])
    await expectClean(database, app)
    await app.close()
  })

  it('that holds the writer itself is named to those who wait, with what it runs', async () => {
    const app = await start(database.url)
    const runner = dataSourceOf(app).createQueryRunner()
    await runner.startTransaction()
    const error = await rejection(transactional({ label: 'Shop.order' }, () => app.get(Items).insert({ k: 'a' })))
    expect(error).toMatchObject({
      code: 'AMBIT_SQLITE_WRITER_BUSY',
      outside: false,
      wanted: expect.stringMatching(/^INSERT INTO "item"/),
      holder: 'a transaction begun with startTransaction()',
    })
    await runner.rollbackTransaction()
    await runner.release()
    await expectClean(database, app)
    await app.close()
  })
})

function dataSourceOf(app: Application): DataSource {
  return app.get(dataSourceToken('default'))
}
