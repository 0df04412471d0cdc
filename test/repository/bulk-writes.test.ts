import { CrudRepository, Repository, transactional } from 'ambit'
import {
  AfterUpdate,
  BeforeUpdate,
  Column,
  DataSource,
  DeleteDateColumn,
  Entity,
  type EntitySubscriberInterface,
  JoinColumn,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type UpdateEvent,
  UpdateDateColumn,
  UpdateQueryBuilder,
  VersionColumn,
} from 'typeorm'
import { QueryBuilder } from '../../src/query/builder/query-builder'
import type { Specification } from '../../src/query/builder/specification'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

class Money {
  @Column({ type: 'integer', nullable: true }) cents!: number | null
  @Column({ type: 'varchar', nullable: true }) currency: string | null = 'EUR'
}

@Entity('bulk_shop')
class Shop {
  @PrimaryColumn({ type: 'integer' }) id!: number
  @Column() name!: string
  @OneToMany(() => Item, item => item.shop) items!: Item[]
}

@Entity('bulk_place')
class Place {
  @PrimaryColumn({ type: 'integer' }) row!: number
  @PrimaryColumn({ type: 'varchar' }) shelf!: string
}

@Entity('bulk_item')
class Item {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
  @Column({ type: 'varchar', nullable: true }) note!: string | null
  @Column({ type: 'boolean', default: true }) active!: boolean
  @Column({ type: 'simple-json', nullable: true }) facts!: object | null
  @Column({ type: 'simple-array', nullable: true }) tags!: string[] | null
  @Column({ nullable: true }) soldAt!: Date
  @Column({
    type: 'varchar',
    nullable: true,
    transformer: {
      to: (value: string | null) => value && `<${value}>`,
      from: (value: string | null) => value?.slice(1, -1),
    },
  })
  secret!: string | null
  @Column({ type: 'varchar', update: false, nullable: true }) fixed!: string | null
  @Column(() => Money) price!: Money
  @ManyToOne(() => Shop, shop => shop.items, { nullable: true }) shop!: Shop | null
  @Column({ type: 'integer', nullable: true }) ownerId!: number | null
  @ManyToOne(() => Shop, { nullable: true }) @JoinColumn({ name: 'ownerId' }) owner!: Shop | null
  @ManyToOne(() => Place, { nullable: true }) place!: Place | null
  @ManyToMany(() => Shop) others!: Shop[]
  @VersionColumn() version!: number
  @UpdateDateColumn() updatedAt!: Date
}

@Entity('bulk_draft')
class Draft {
  @PrimaryGeneratedColumn() id!: number
  @Column() title!: string
  @DeleteDateColumn() deletedAt!: Date | null
}

@Entity('bulk_heard')
class Heard {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
  @Column({ default: 0 }) changes!: number
  @BeforeUpdate() before(): void {
    this.changes = 7
  }
  @AfterUpdate() after(): void {
    Heard.told += 1
  }
  static told = 0
}

@Repository(Shop)
class Shops extends CrudRepository<Shop> {}
@Repository(Place)
class Places extends CrudRepository<Place, { row: number; shelf: string }> {}
@Repository(Item)
class Items extends CrudRepository<Item> {}
@Repository(Draft)
class Drafts extends CrudRepository<Draft> {}
@Repository(Heard)
class Heards extends CrudRepository<Heard> {}

class Subscriber implements EntitySubscriberInterface<Item> {
  readonly heard: unknown[] = []
  listenTo(): typeof Item {
    return Item
  }
  beforeUpdate(event: UpdateEvent<Item>): void {
    this.heard.push(event.entity?.['note'])
  }
}

const where = (): QueryBuilder<Item> => new QueryBuilder<Item>()

describe.each(ENGINES)('writing by specifications on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Shop, Place, Item, Draft, Heard],
    components: [Shops, Places, Items, Drafts, Heards],
  }))
  const items = (): Items => running.app.get(Items)
  const item = (name: string): Promise<Item> =>
    items().orm.findOneOrFail({ where: { name }, relations: { shop: true, owner: true, place: true } })
  const single = ['BEGIN', 'UPDATE bulk_item', 'COMMIT']

  let shop: Shop
  beforeEach(async () => {
    shop = await running.app.get(Shops).save({ id: 0, name: 'corner' })
    await items().saveAll(
      ['a', 'b', 'c'].map(name => ({ name, note: name, shop: name === 'c' ? shop : null, price: { cents: 5 } })),
    )
    db.log.clear()
  })

  it('R7 SP-56 updates all that match, in one statement, and says how many', async () => {
    expect(await items().updateMany(where().in('name', ['a', 'b']), { note: 'new' })).toBe(2)
    expect(db.log.commands).toEqual(single)
    expect((await db.query('SELECT note FROM bulk_item ORDER BY id')).map(row => row['note'])).toEqual([
      'new',
      'new',
      'c',
    ])
    expect(await items().updateMany(where().eq('name', 'nobody'), { note: 'x' })).toBe(0)
    expect(await items().updateMany({ all: true }, { note: 'every' })).toBe(3)
    await expect(items().updateMany(where().eq('name', 'a'), {})).rejects.toMatchObject({
      code: 'AMBIT_REPOSITORY_EMPTY_UPDATE',
    })
  })

  it('makes the statement once for each shape', async () => {
    await items().updateMany(where().eq('name', 'a'), { note: 'x' })
    const built = jest.spyOn(UpdateQueryBuilder.prototype, 'getQueryAndParameters')
    expect(await items().updateMany(where().eq('name', 'b'), { note: 'y' })).toBe(1)
    expect(built).not.toHaveBeenCalled()
    expect(await items().updateMany(where().eq('name', 'b'), { note: 'y', active: false })).toBe(1)
    expect(built).toHaveBeenCalledTimes(1)
    const { id } = await item('a')
    await items().update(id, { note: 'z' })
    built.mockClear()
    expect(await items().update(id, { note: null })).toBe(true)
    expect(await items().update(-1, { note: null })).toBe(false)
    expect(built).not.toHaveBeenCalled()
    built.mockRestore()
    expect((await item('a')).note).toBeNull()
  })

  it('stores values as their columns do, clears by null and leaves undefined alone', async () => {
    const soldAt = new Date('2026-02-03T04:05:06.789Z')
    const changes = { facts: { a: [1] }, tags: ['x', 'y'], soldAt, secret: 'pss', active: false, note: null }
    expect(await items().updateMany(where().eq('name', 'a'), { ...changes, name: undefined as never })).toBe(1)
    expect(await item('a')).toMatchObject({ ...changes, name: 'a' })
    expect(await db.query("SELECT secret FROM bulk_item WHERE name = 'a'")).toEqual([{ secret: '<pss>' }])
    expect(await items().updateMany(where().eq('name', 'a'), { secret: null, facts: null, tags: null })).toBe(1)
    expect(await item('a')).toMatchObject({ facts: null, tags: null })
    expect(await db.query("SELECT secret FROM bulk_item WHERE name = 'a'")).toEqual([{ secret: null }])
  })

  it('sets parts of embedded objects, and nothing else of them', async () => {
    const price = Object.assign(new Money(), { currency: undefined as never, cents: 9 })
    await items().updateMany(where().eq('name', 'a'), { price: { currency: 'USD' } })
    expect((await item('a')).price).toEqual({ cents: 5, currency: 'USD' })
    await items().updateMany(where().eq('name', 'a'), { price })
    expect((await item('a')).price).toEqual({ cents: 9, currency: 'USD' })
  })

  it('sets relations by entity and by key, zero included', async () => {
    const key = shop.id as never
    expect(await items().updateMany(where().eq('name', 'a'), { shop })).toBe(1)
    expect((await item('a')).shop).toMatchObject({ id: 0 })
    await items().updateMany(where().eq('name', 'a'), { shop: null })
    expect((await item('a')).shop).toBeNull()
    await items().updateMany(where().eq('name', 'a'), { shop: key, owner: key })
    expect(await item('a')).toMatchObject({ shop: { id: 0 }, owner: { id: 0 }, ownerId: 0 })
    await items().updateMany(where().eq('name', 'a'), { ownerId: null })
    expect((await item('a')).owner).toBeNull()
    await items().updateMany(where().eq('name', 'a'), { owner: { id: 0 } })
    expect((await item('a')).ownerId).toBe(0)
    const place = await running.app.get(Places).save({ row: 3, shelf: 'top' })
    await items().updateMany(where().eq('name', 'a'), { place })
    expect((await item('a')).place).toEqual(place)
    await items().updateMany(where().eq('name', 'a'), { place: null })
    expect((await item('a')).place).toBeNull()
  })

  it('bumps the version and the update date, as an UPDATE of TypeORM does', async () => {
    await db.query('UPDATE bulk_item SET "updatedAt" = \'2020-01-01\'')
    await items().updateMany(where().eq('name', 'a'), { note: 'x' })
    await items().update((await item('b')).id, { note: 'y' })
    const rows = await Promise.all(['a', 'b', 'c'].map(item))
    expect(rows.map(({ version }) => version)).toEqual([2, 2, 1])
    expect(rows.map(({ updatedAt }) => updatedAt.getFullYear() > 2020)).toEqual([true, true, false])
    await items().updateMany(where().eq('name', 'a'), { version: 40 })
    expect((await item('a')).version).toBe(40)
  })

  it('takes SQL of the program as a value, as TypeORM does', async () => {
    const changes = { name: (() => `"name" || '!'`) as never, note: 'sql' }
    expect(await items().updateMany(where().eq('name', 'a'), changes)).toBe(1)
    expect((await item('a!')).note).toBe('sql')
  })

  it('follows relations in its conditions', async () => {
    const corner = where().eq('shop.name', 'corner')
    expect(await items().updateMany(corner, { note: 'at the corner' })).toBe(1)
    expect((await item('c')).note).toBe('at the corner')
    expect(db.log.commands.slice(0, 3)).toEqual(single)
    expect(await items().deleteMany(corner)).toBe(1)
    expect(await items().count()).toBe(2)
  })

  it('deletes all that match, in one statement', async () => {
    expect(await items().deleteMany(where().in('name', ['a', 'c']))).toBe(2)
    expect(db.log.commands).toEqual(['BEGIN', 'DELETE bulk_item', 'COMMIT'])
    expect(await items().deleteMany(where().eq('name', 'a'))).toBe(0)
    expect(await items().deleteMany({ all: true })).toBe(1)
    expect(await items().count()).toBe(0)
  })

  it.each<[string, Specification<Item>]>([
    ['no conditions', where()],
    ['conditions that fell away', where().and(where()).or({ predicate: undefined })],
    ['not in an empty list', where().notIn('id', [])],
    ['not in an empty list, said otherwise', where().in('id', []).not()],
    ['that beside another', where().notIn('id', []).or().eq('name', 'a')],
    ['empty any of, negated twice', where().not().not()],
  ])('refuses to write every row by %s', async (_, everything) => {
    for (const write of [() => items().deleteMany(everything), () => items().updateMany(everything, { note: 'x' })]) {
      await expect(write()).rejects.toMatchObject({ code: 'AMBIT_REPOSITORY_UNRESTRICTED' })
    }
    expect(db.log.texts).toEqual([])
    expect(await items().count()).toBe(3)
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['conditions of TypeORM', { name: 'a' }],
    ['half a promise', { all: false }],
    ['a text', 'all'],
  ])('takes %s for no specification', async (_, rows) => {
    await expect(items().deleteMany(rows as never)).rejects.toMatchObject({ code: 'AMBIT_REPOSITORY_SPECIFICATION' })
    expect(db.log.texts).toEqual([])
  })

  it('takes no "all" beside a specification', async () => {
    const both = { all: true, predicate: undefined } as never
    await expect(items().deleteMany(both)).rejects.toMatchObject({ code: 'AMBIT_REPOSITORY_UNRESTRICTED' })
  })

  it.each<[string, unknown, string]>([
    ['an unknown property', { nam: 'x' }, 'AMBIT_QUERY_UNKNOWN_PROPERTY'],
    ['an unknown property of an embedded object', { price: { cent: 1 } }, 'AMBIT_QUERY_UNKNOWN_PROPERTY'],
    ['a path', { 'price.cents': 1 }, 'AMBIT_QUERY_UNKNOWN_PROPERTY'],
    ['the name of a join column', { shopId: 1 }, 'AMBIT_QUERY_UNKNOWN_PROPERTY'],
    ['a list of entities', { others: [] }, 'AMBIT_REPOSITORY_CHANGES'],
    ['a column that is never updated', { fixed: 'x' }, 'AMBIT_REPOSITORY_CHANGES'],
    ['an embedded object as a whole', { price: null }, 'AMBIT_REPOSITORY_CHANGES'],
    ['an entity without a key', { shop: { name: 'new' } }, 'AMBIT_REPOSITORY_CHANGES'],
    ['a part of a key', { place: 7 }, 'AMBIT_REPOSITORY_CHANGES'],
    ['a part of a key, in an object', { place: { row: 7 } }, 'AMBIT_REPOSITORY_CHANGES'],
    ['a column twice', { owner: null, ownerId: 1 }, 'AMBIT_REPOSITORY_CHANGES'],
    ['nothing that is set', { note: undefined, price: { cents: undefined } }, 'AMBIT_REPOSITORY_EMPTY_UPDATE'],
    ['no object', 7, 'AMBIT_REPOSITORY_EMPTY_UPDATE'],
  ])('refuses changes of %s before any SQL', async (_, changes, code) => {
    await expect(items().updateMany(where().eq('name', 'a'), changes as never)).rejects.toMatchObject({ code })
    await expect(items().update(1, changes as never)).rejects.toMatchObject({ code })
    expect(db.log.texts).toEqual([])
  })

  it('leaves softly deleted rows alone, unless it speaks of their date', async () => {
    const drafts = running.app.get(Drafts)
    const [gone, here] = await drafts.saveAll([{ title: 'gone' }, { title: 'here' }])
    await drafts.orm.softDelete({ id: gone?.id as number })
    const both = new QueryBuilder<Draft>().in('title', ['gone', 'here'])
    expect(await drafts.updateMany(both, { title: 'changed' })).toBe(1)
    expect(await drafts.updateMany({ all: true }, { title: 'again' })).toBe(1)
    expect(await drafts.findMany()).toMatchObject([{ id: here?.id, title: 'again' }])
    expect(await drafts.deleteMany({ all: true })).toBe(1)
    expect(await db.query('SELECT title FROM bulk_draft')).toEqual([{ title: 'gone' }])
    expect(await drafts.deleteMany(new QueryBuilder<Draft>().isNotNull('deletedAt'))).toBe(1)
    expect(await db.query('SELECT title FROM bulk_draft')).toEqual([])
  })

  it('takes the way of TypeORM where somebody listens', async () => {
    const heards = running.app.get(Heards)
    const { id } = await heards.save({ name: 'a' })
    Heard.told = 0
    expect(await heards.update(id, Object.assign(new Heard(), { name: 'b' }))).toBe(true)
    expect(await heards.updateMany(new QueryBuilder<Heard>().eq('id', id), { name: 'c' })).toBe(1)
    expect(await heards.getById(id)).toMatchObject({ name: 'c', changes: 7 })
    expect(Heard.told).toBe(1)
    const subscriber = new Subscriber()
    const { subscribers } = running.app.get(DataSource)
    subscribers.push(subscriber)
    try {
      await items().updateMany(where().eq('name', 'a'), { note: 'told' })
    } finally {
      subscribers.splice(subscribers.indexOf(subscriber), 1)
    }
    expect(subscriber.heard).toEqual(['told'])
  })

  it('is rolled back with the transaction around it', async () => {
    const work = transactional({}, async () => {
      await items().updateMany(where().eq('name', 'a'), { note: 'x' })
      await items().deleteMany(where().eq('name', 'b'))
      throw new Error('no')
    })
    await expect(work).rejects.toThrow('no')
    expect(db.log.commands).toEqual(['BEGIN', 'UPDATE bulk_item', 'DELETE bulk_item', 'ROLLBACK'])
    expect((await item('a')).note).toBe('a')
    expect(await items().count()).toBe(3)
  })
})
