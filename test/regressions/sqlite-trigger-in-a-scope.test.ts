import { bootstrap, transactional } from 'ambit'
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { engineDatabase, ENGINES, silentLogger } from '../support/engines'

// CREATE TRIGGER inside a scope was taken for transaction control: the END of its body stood behind a semicolon.

@Entity('item')
class Item {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string
}

const TRIGGER = `CREATE TRIGGER louder AFTER INSERT ON item BEGIN
  UPDATE item SET name = upper(name) WHERE id = NEW.id;
  UPDATE item SET name = name || '!' WHERE id = NEW.id;
END`

describe.each(ENGINES.filter(({ oneWriter }) => oneWriter))('a trigger made inside a scope on $name', engine => {
  const database = engineDatabase(engine)

  it('is there when the transaction commits, and is not when it is rolled back', async () => {
    await using app = await bootstrap({ logger: silentLogger, database: database.settings, entities: [Item] })
    const orm = app.get(DataSource)
    const inserted = async (name: string): Promise<unknown> => {
      await orm.query(`INSERT INTO item (name) VALUES ('${name}')`)
      return orm.query(`SELECT name FROM item ORDER BY id DESC LIMIT 1`)
    }
    const undone = transactional({}, async () => {
      await orm.query(TRIGGER)
      expect(await inserted('a')).toEqual([{ name: 'A!' }])
      throw new Error('undo')
    })
    await expect(undone).rejects.toThrow('undo')
    expect(await inserted('b')).toEqual([{ name: 'b' }])
    await transactional({}, () => orm.query(TRIGGER))
    expect(await inserted('c')).toEqual([{ name: 'C!' }])
    expect(await database.leftovers(app, 'default')).toEqual({ checkedOut: 0, waiting: 0, openTransactions: 0 })
  })
})
