import { bootstrap, CrudRepository, Repository, transactional, type TransactionalOptions } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { engineDatabase, ENGINES, silentLogger } from '../support/engines'

// A participant that asked for SERIALIZABLE was let in, and its transaction then lent the connection to a REQUIRES_NEW
// inside it, whose row it saw: its reads were not repeatable.

@Entity('item')
class Item {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string
}

@Repository(Item)
class Items extends CrudRepository<Item> {}

const SQLITE = ENGINES.filter(({ oneWriter }) => oneWriter)

describe.each(SQLITE)('a REQUIRES_NEW inside a method with an isolation of its own, on $name', engine => {
  const database = engineDatabase(engine)

  /** How many more rows a method sees after a REQUIRES_NEW that it calls, and what that call came to. */
  async function seenBy(options: TransactionalOptions): Promise<{ more: number; inner: unknown }> {
    await using app = await bootstrap({
      logger: silentLogger,
      database: database.settings,
      entities: [Item],
      components: [Items],
    })
    const items = app.get(Items)
    const count = async (): Promise<number> => (await items.findAll()).length
    return await transactional({}, async () => {
      await count()
      return transactional(options, async () => {
        const before = await count()
        const inner: unknown = await transactional({ propagation: 'REQUIRES_NEW' }, () =>
          items.insert({ name: 'n' }),
        ).then(
          () => 'stored',
          (error: unknown) => (error as { code?: string }).code,
        )
        return { more: (await count()) - before, inner }
      })
    })
  }

  it.each(['REQUIRED', 'NESTED', 'MANDATORY'] as const)(
    'is refused, and the reads of a %s are repeatable',
    async propagation => {
      const seen = await seenBy({ propagation, isolation: 'SERIALIZABLE' })
      expect(seen).toEqual({ more: 0, inner: 'AMBIT_SQLITE_NEW_ISOLATED' })
      expect(await database.query('SELECT * FROM item')).toEqual([])
    },
  )

  it.each([{}, { isolation: 'READ COMMITTED' }] as const)(
    'is lent the connection where %p was asked for',
    async options => {
      expect(await seenBy(options)).toEqual({ more: 1, inner: 'stored' })
    },
  )
})
