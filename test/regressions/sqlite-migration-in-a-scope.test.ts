import { bootstrap, dataSourceToken, transactional } from 'ambit'
import { type DataSource, Entity, PrimaryColumn } from 'typeorm'
import { engineDatabase, ENGINES, expectClean, silentLogger } from '../support/engines'

// On SQLite, synchronize() and undoLastMigration() inside a scope failed with 'databaseConnection.pragma is not a function':
// TypeORM switches foreign keys off on the raw connection, which a scope does not hand out, and which would do nothing there.

@Entity('item')
class Item {
  @PrimaryColumn({ type: 'varchar' })
  k!: string
}

describe.each(ENGINES)('schema work inside a scope on $name', engine => {
  const database = engineDatabase(engine)
  const refused = { code: 'AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION' }

  it('is refused with advice, and the scope goes on', async () => {
    const app = await bootstrap({ logger: silentLogger, database: database.settings, entities: [Item] })
    const dataSource: DataSource = app.get(dataSourceToken('default'))
    await transactional({ label: 'Shop.order' }, async () => {
      await expect(dataSource.synchronize()).rejects.toMatchObject({
        ...refused,
        message: expect.stringMatching(/inside the transaction of Shop\.order[^]*detached/),
      })
      await dataSource.getRepository(Item).insert({ k: 'a' })
    })
    expect(await database.query('SELECT k FROM item')).toEqual([{ k: 'a' }])
    await dataSource.synchronize()
    await expectClean(database, app)
    await app.close()
  })
})
