import { CrudRepository, Query, Repository } from 'ambit'
import { Column, DeleteDateColumn, Entity, ManyToOne, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'

@Entity('shelf')
class Shelf {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string
}

class Size {
  @Column({ name: 'w' })
  width!: number
}

/** Properties that are words of the SQL around them, with other names in the database. */
@Entity('item')
class Item {
  @PrimaryColumn()
  a!: number

  @PrimaryColumn()
  b!: number

  @Column({ name: 'val', type: 'varchar' })
  value!: string

  @Column({ name: 'txt', type: 'varchar' })
  text!: string

  @Column({ name: 'itm', type: 'varchar' })
  item!: string

  @Column(() => Size)
  size!: Size

  @ManyToOne(() => Shelf)
  shelf!: Shelf
}

@Entity('memo')
class Memo {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  word!: string

  @DeleteDateColumn()
  deletedAt!: Date | null
}

@Repository(Shelf)
class ShelfRepository extends CrudRepository<Shelf> {}

@Repository(Item)
class ItemRepository extends CrudRepository<Item, { a: number; b: number }> {
  @Query()
  declare deleteByValueInAndTextIn: (values: readonly string[], texts: readonly string[]) => Promise<number>
  @Query()
  declare deleteByItemInIgnoreCase: (items: readonly string[]) => Promise<number>
  @Query()
  declare removeBySizeWidthGreaterThan: (width: number) => Promise<number>
  @Query()
  declare deleteByShelf: (shelf: Shelf | number) => Promise<number>
  @Query()
  declare deleteByShelfNameOrValue: (name: string, value: string) => Promise<number>
  @Query()
  declare findByValueIn: (values: readonly string[]) => Promise<Item[]>
}

@Repository(Memo)
class MemoRepository extends CrudRepository<Memo> {
  @Query()
  declare findByWordStartingWith: (part: string) => Promise<Memo[]>
  @Query()
  declare countByWordStartingWith: (part: string) => Promise<number>
  @Query()
  declare existsByWord: (word: string) => Promise<boolean>
  @Query({ where: 'word = :word or id > 0', result: 'many' })
  declare anything: (word: string) => Promise<Memo[]>
}

describe.each(ENGINES)('derived deletes on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Shelf, Item, Memo],
    components: [ShelfRepository, ItemRepository, MemoRepository],
  }))
  const items = (): ItemRepository => running.app.get(ItemRepository)
  let shelves: Shelf[] = []
  beforeEach(async () => {
    shelves = await running.app.get(ShelfRepository).saveAll([{ name: 'top' }, { name: 'low' }])
    await items().saveAll(
      ['x', 'y', 'z'].map((word, index) => ({
        a: index,
        b: index,
        value: word,
        text: word,
        item: word.toUpperCase(),
        size: { width: index },
        shelf: shelves[index % 2] as Shelf,
      })),
    )
    db.log.clear()
  })
  const left = async (): Promise<string> =>
    (await items().findAll())
      .map(({ value }) => value)
      .sort()
      .join('')

  it('are one statement, also where properties are called like words of SQL', async () => {
    expect(await items().deleteByValueInAndTextIn(['x', 'y'], ['y', 'z'])).toBe(1)
    expect(db.log.commands).toEqual(['BEGIN', 'DELETE item', 'COMMIT'])
    expect(await left()).toBe('xz')
  })

  it('take lists, also folded ones', async () => {
    expect(await items().deleteByItemInIgnoreCase(['x', 'Z'])).toBe(2)
    expect(await items().deleteByItemInIgnoreCase([])).toBe(0)
    expect(await left()).toBe('y')
  })

  it('reach embedded properties and the key of a relation', async () => {
    expect(await items().removeBySizeWidthGreaterThan(1)).toBe(1)
    expect(await items().deleteByShelf(shelves[1] as Shelf)).toBe(1)
    expect(await left()).toBe('x')
  })

  it('reach through relations, for entities with any key', async () => {
    expect(await items().deleteByShelfNameOrValue('low', 'z')).toBe(2)
    expect(db.log.commands).toEqual(['BEGIN', 'DELETE item', 'COMMIT'])
    expect(await left()).toBe('x')
  })

  it('the same words do not confuse a select', async () => {
    expect((await items().findByValueIn(['y', 'q'])).map(({ text }) => text)).toEqual(['y'])
  })

  it('rows that are softly deleted are found by no query', async () => {
    const memos = running.app.get(MemoRepository)
    const [gone] = await memos.saveAll([{ word: 'aa' }, { word: 'ab' }])
    await memos.orm.softDelete((gone as Memo).id)
    expect((await memos.findByWordStartingWith('a')).map(({ word }) => word)).toEqual(['ab'])
    expect(await memos.countByWordStartingWith('a')).toBe(1)
    expect(await memos.existsByWord('aa')).toBe(false)
    expect((await memos.anything('aa')).map(({ word }) => word)).toEqual(['ab'])
    expect(await memos.findById((gone as Memo).id)).toBeNull()
    expect(await memos.count()).toBe(1)
    expect(await memos.exists((gone as Memo).id)).toBe(false)
    expect(await memos.findAll()).toHaveLength(1)
    expect(await memos.findAllById([(gone as Memo).id])).toEqual([])
  })
})
