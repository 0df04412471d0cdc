import { CrudRepository, dataSourceToken, Repository, transactional } from 'ambit'
import { InvalidUpsertError } from 'ambit/errors'
import {
  AfterInsert,
  BeforeInsert,
  Column,
  DeleteDateColumn,
  Entity,
  type EntitySubscriberInterface,
  type InsertEvent,
  PrimaryGeneratedColumn,
  UpdateDateColumn,
} from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

const heard: unknown[] = []

@Entity('purse')
class Purse {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  owner!: string

  @Column({ default: 3 })
  balance!: number

  @Column({ type: 'varchar', nullable: true })
  note!: string | null

  @UpdateDateColumn()
  updatedAt!: Date

  @DeleteDateColumn()
  deletedAt!: Date | null

  @BeforeInsert()
  normalize(): void {
    this.owner = this.owner.toLowerCase()
  }

  @AfterInsert()
  tell(): void {
    heard.push([this.id, this.owner])
  }
}

/** It has no listeners of its own. */
@Entity('locker')
class Locker {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  name!: string

  @Column({ default: 0 })
  size!: number
}

@Repository(Purse)
class Purses extends CrudRepository<Purse> {}
@Repository(Locker)
class Lockers extends CrudRepository<Locker> {}

describe.each(ENGINES)('upserts that somebody hears of, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Purse, Locker], components: [Purses, Lockers] }))
  const purses = (): Purses => running.app.get(Purses)
  const lockers = (): Lockers => running.app.get(Lockers)
  const idsOf = async (table: string, name: string): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await db.query<{ id: number; name: string }>(`SELECT id, ${name} AS name FROM ${table}`)).map(each => [
        each.name,
        each.id,
      ]),
    )

  it('answer the row that is there, and not the one that was inserted last', async () => {
    await purses().insert({ owner: 'ann', balance: 1 })
    await purses().insert({ owner: 'bob', balance: 1000 })
    const ids = await idsOf('purse', 'owner')
    heard.length = 0
    const ann = await purses().upsert({ owner: 'ANN', balance: 5 }, ['owner'])
    expect(ann).toMatchObject({ id: ids['ann'], owner: 'ann', balance: 5, deletedAt: null })
    expect(heard).toEqual([[ids['ann'], 'ann']])
    await purses().update(ann.id, { balance: 7 })
    expect(await db.query('SELECT owner, balance FROM purse ORDER BY id')).toEqual([
      { owner: 'ann', balance: 7 },
      { owner: 'bob', balance: 1000 },
    ])
  })

  it('answer new and stored rows in the order of the input, each with what is stored', async () => {
    await purses().insertAll([
      { owner: 'a', balance: 10, note: 'kept' },
      { owner: 'b', balance: 20 },
    ])
    heard.length = 0
    const all = await purses().upsertAll(
      [{ owner: 'c' }, { owner: 'B', note: 'x' }, { owner: 'a', balance: 1 }, { owner: 'd', note: 'y' }],
      ['owner'],
    )
    const ids = await idsOf('purse', 'owner')
    expect(all.map(({ id, owner }) => [id, owner])).toEqual(['c', 'b', 'a', 'd'].map(owner => [ids[owner], owner]))
    // What a row is not given stays, whatever others give.
    expect(await db.query('SELECT owner, balance, note FROM purse ORDER BY owner')).toEqual([
      { owner: 'a', balance: 1, note: 'kept' },
      { owner: 'b', balance: 20, note: 'x' },
      { owner: 'c', balance: 3, note: null },
      { owner: 'd', balance: 3, note: 'y' },
    ])
    expect(all.map(({ balance }) => balance)).toEqual([3, 20, 1, 3])
    expect(heard.sort()).toEqual(all.map(({ id, owner }) => [id, owner]).sort())
  })

  it('answer a softly deleted row, and a new date of the update', async () => {
    const { id } = await purses().insert({ owner: 'ann' })
    await db.query('UPDATE purse SET "updatedAt" = \'2001-01-01 00:00:00\'')
    await purses().orm.softDelete(id)
    await purses().insert({ owner: 'bob' })
    const ann = await purses().upsert({ owner: 'ann', note: 'x' }, ['owner'])
    expect(ann).toMatchObject({ id, note: 'x', deletedAt: expect.any(Date), balance: 3 })
    expect(ann.updatedAt.getFullYear()).toBeGreaterThan(2001)
  })

  it('answer their rows to subscribers, too', async () => {
    const told: unknown[] = []
    const subscriber: EntitySubscriberInterface<Locker> = {
      listenTo: () => Locker,
      afterInsert: ({ entity }: InsertEvent<Locker>) => void told.push([entity.id, entity.name, entity.size]),
    }
    await lockers().insertAll([{ name: 'a' }, { name: 'b' }])
    const ids = await idsOf('locker', 'name')
    const { subscribers } = running.app.get(dataSourceToken('default'))
    subscribers.push(subscriber)
    try {
      expect(await lockers().upsert({ name: 'a', size: 2 }, ['name'])).toMatchObject({ id: ids['a'], size: 2 })
    } finally {
      subscribers.splice(subscribers.indexOf(subscriber), 1)
    }
    expect(told).toEqual([[ids['a'], 'a', 2]])
  })

  it('take values written as SQL, but for those that say which row is meant', async () => {
    await lockers().insertAll([{ name: 'a' }, { name: 'b' }])
    const ids = await idsOf('locker', 'name')
    const sized = await lockers().upsert({ name: 'a', size: (() => '3 + 4') as never }, ['name'])
    expect(sized).toMatchObject({ id: ids['a'], size: 7 })
    db.log.clear()
    const refused = lockers().upsert({ name: (() => "'a'") as never }, ['name'])
    await expect(refused).rejects.toBeInstanceOf(InvalidUpsertError)
    await expect(refused).rejects.toThrow('has name written as SQL')
    expect(db.log.commands).toEqual([])
  })

  it('store all or none, and objects go back with their rows', async () => {
    const ann = purses().orm.create({ owner: 'ann' })
    const failing = transactional({}, async () => {
      await purses().upsert(ann, ['owner'])
      expect(ann.id).toEqual(expect.any(Number))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(ann.id).toBeUndefined()
    const bad = purses().upsertAll([{ owner: 'a' }, { owner: 'b', balance: null as never }], ['owner'])
    await expect(bad).rejects.toMatchObject({ code: 'AMBIT_DATABASE_INTEGRITY' })
    expect(await purses().count()).toBe(0)
  })
})
