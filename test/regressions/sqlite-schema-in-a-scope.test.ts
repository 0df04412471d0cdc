import { bootstrap, transactional } from 'ambit'
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { engineDatabase, ENGINES, silentLogger } from '../support/engines'

// getTable() inside a scope reached for the raw connection of better-sqlite3, which a scope does not hand out.

@Entity('item')
class Item {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  name!: string
}

describe.each(ENGINES)('reading the schema inside a scope on $name', engine => {
  const database = engineDatabase(engine)

  it('sees the tables of the transaction, also those it has just made', async () => {
    await using app = await bootstrap({ logger: silentLogger, database: database.settings, entities: [Item] })
    const seen = await transactional({}, async () => {
      const runner = app.get(DataSource).createQueryRunner()
      await runner.query('CREATE TABLE "made here" (id integer PRIMARY KEY)')
      const [item, made] = [await runner.getTable('item'), await runner.getTable('made here')]
      return { item, made, unique: item?.uniques.length }
    })
    expect(seen.item?.columns.map(({ name, isPrimary }) => [name, isPrimary])).toEqual([
      ['id', true],
      ['name', false],
    ])
    expect(seen.unique).toBe(1)
    expect(seen.made?.columns.map(({ name }) => name)).toEqual(['id'])
    expect(await database.leftovers(app, 'default')).toEqual({ checkedOut: 0, waiting: 0, openTransactions: 0 })
  })
})
