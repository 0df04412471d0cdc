import { CrudRepository, Repository, transactional } from 'ambit'
import { OptimisticLockError } from 'ambit/errors'
import {
  ChildEntity,
  Column,
  DeleteDateColumn,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  TableInheritance,
  VersionColumn,
} from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { gate } from '../support/gate'
import { until } from '../support/until'

/** The entity has an order of its own. */
@Entity('purse', { orderBy: { owner: 'DESC' } })
class Purse {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  owner!: string

  @Column({ type: 'integer', default: 0 })
  balance!: number

  @OneToMany(() => Coin, coin => coin.purse, { cascade: true })
  coins!: Coin[]

  @VersionColumn()
  version!: number
}

/** Its key is a text. */
@Entity('coin')
class Coin {
  @PrimaryColumn({ type: 'varchar' })
  id!: string

  @Column({ type: 'integer', default: 0 })
  worth!: number

  @ManyToOne(() => Purse, purse => purse.coins, { nullable: true })
  purse!: Purse | null

  @VersionColumn()
  version!: number

  @DeleteDateColumn()
  deletedAt!: Date | null
}

/** A key of two columns. */
@Entity('chair')
class Chair {
  @PrimaryColumn({ type: 'varchar' })
  room!: string

  @PrimaryColumn({ type: 'bigint' })
  place!: string

  @Column({ type: 'varchar', nullable: true })
  guest!: string | null

  @VersionColumn()
  version!: number
}

/** Its key is stored otherwise than the program has it. */
@Entity('shelf')
class Shelf {
  @PrimaryColumn({
    type: 'varchar',
    transformer: { to: (value: unknown) => `<${String(value)}>`, from: (value: string) => value.slice(1, -1) },
  })
  name!: string

  @Column({ type: 'varchar', nullable: true })
  note!: string | null

  @VersionColumn()
  version!: number
}

/** Keys of other types; those of bytes have a type for each database. */
abstract class Keyed {
  id!: unknown

  @VersionColumn()
  version!: number
}

@Entity('by_uuid')
class ByUuid extends Keyed {
  @PrimaryColumn({ type: 'uuid' })
  declare id: string
}

@Entity('by_moment')
class ByMoment extends Keyed {
  @PrimaryColumn()
  declare id: Date
}

@Entity('by_fraction')
class ByFraction extends Keyed {
  @PrimaryColumn({ type: 'double precision' })
  declare id: number
}

@Entity('by_bytes')
class BySqliteBytes extends Keyed {
  @PrimaryColumn({ type: 'blob' })
  declare id: Buffer
}

@Entity('by_bytes')
class ByPostgresBytes extends Keyed {
  @PrimaryColumn({ type: 'bytea' })
  declare id: Buffer
}

@Repository(ByUuid)
class Uuids extends CrudRepository<ByUuid, string> {}
@Repository(ByMoment)
class Moments extends CrudRepository<ByMoment, Date> {}
@Repository(ByFraction)
class Fractions extends CrudRepository<ByFraction> {}
@Repository(BySqliteBytes)
class SqliteBytes extends CrudRepository<BySqliteBytes, Buffer> {}
@Repository(ByPostgresBytes)
class PostgresBytes extends CrudRepository<ByPostgresBytes, Buffer> {}

/** Its key is a relation. */
@Entity('lid')
class Lid {
  @PrimaryColumn({ type: 'integer' })
  purseId!: number

  @ManyToOne(() => Purse)
  @JoinColumn({ name: 'purseId' })
  purse!: Purse

  @Column()
  color!: string

  @VersionColumn()
  version!: number
}

@Entity('beast')
@TableInheritance({ column: { name: 'kind', type: 'varchar' } })
class Beast {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string

  @VersionColumn()
  version!: number
}

@ChildEntity()
class Cat extends Beast {}
@ChildEntity()
class Dog extends Beast {}

@Repository(Purse)
class Purses extends CrudRepository<Purse> {}
@Repository(Coin)
class Coins extends CrudRepository<Coin, string> {}
@Repository(Chair)
class Chairs extends CrudRepository<Chair, { room: string; place: string }> {}
@Repository(Shelf)
class Shelves extends CrudRepository<Shelf, string> {}
@Repository(Lid)
class Lids extends CrudRepository<Lid> {}
@Repository(Cat)
class Cats extends CrudRepository<Cat> {}
@Repository(Dog)
class Dogs extends CrudRepository<Dog> {}

const MANY = 40_000

describe.each(ENGINES)('the versions of many on $name', engine => {
  const db = engineDatabase(engine)
  const ByBytes = engine.oneWriter ? BySqliteBytes : ByPostgresBytes
  const Bytes = engine.oneWriter ? SqliteBytes : PostgresBytes
  const running = runningApplication(db, () => ({
    entities: [Purse, Coin, Chair, Shelf, Lid, Beast, Cat, Dog, ByUuid, ByMoment, ByFraction, ByBytes],
    components: [Purses, Coins, Chairs, Shelves, Lids, Cats, Dogs, Uuids, Moments, Fractions, Bytes],
  }))
  const purses = (): Purses => running.app.get(Purses)
  const coins = (): Coins => running.app.get(Coins)
  const chairs = (): Chairs => running.app.get(Chairs)
  /** What is asked about several rows, and about single ones. */
  const guards = (): readonly string[] => db.log.texts.filter(text => text.startsWith('SELECT COUNT(*) AS "n" FROM'))
  const singles = (): readonly string[] => db.log.texts.filter(text => text.startsWith('SELECT 1 AS "one"'))
  const writes = (): readonly string[] => db.log.texts.filter(text => /^(INSERT|UPDATE|DELETE)/.test(text))
  const made = (count: number): Promise<Purse[]> =>
    purses().insertAll(Array.from({ length: count }, (_, at) => ({ owner: `o${at}` })))

  it.each(['saveAll', 'deleteAll'] as const)('are one statement for %s, whatever their number', async method => {
    for (const count of [2, 120]) {
      const all = await made(count)
      all.forEach((purse, at) => (purse.balance = at + 1))
      db.log.clear()
      await purses()[method](all)
      expect([guards().length, singles().length]).toEqual([1, 0])
      const stored = await db.query('SELECT version FROM purse WHERE balance > 0')
      expect(stored).toHaveLength(method === 'saveAll' ? count : 0)
      expect(new Set(stored.map(({ version }) => version))).toEqual(new Set(method === 'saveAll' ? [2] : []))
      await db.query('DELETE FROM purse')
    }
  })

  it('have one text for all numbers, and lock by key', async () => {
    const all = await made(3)
    db.log.clear()
    await purses().saveAll(all)
    await purses().saveAll(all.slice(1))
    await purses().save(Object.assign(all[0] as Purse, { balance: 1 }))
    expect(new Set(guards()).size).toBe(1)
    expect(guards()).toHaveLength(2)
    expect(singles()).toHaveLength(1)
    const locks = (guards()[0] ?? '').includes(' ORDER BY "entity"."id" FOR NO KEY UPDATE OF "entity") ')
    expect(locks).toBe(!engine.oneWriter)
  })

  it('are asked about rows that are changed, and about those that have none, each by one statement', async () => {
    const stored = await chairs().saveAll(
      Array.from({ length: 6 }, (_, place) => ({ room: 'r', place: String(place), guest: 'old' })),
    )
    stored.forEach(chair => (chair.guest = 'new'))
    const fresh = Array.from({ length: 4 }, (_, at) => ({ room: 's', place: String(at) }))
    db.log.clear()
    const all = await chairs().saveAll([...fresh, ...stored])
    expect([guards().length, singles().length]).toEqual([2, 0])
    expect(all.map(({ version }) => String(version))).toEqual([...fresh.map(() => '1'), ...stored.map(() => '2')])
    expect(await chairs().count()).toBe(10)
    const known = { room: 'r', place: '3' }
    const refused = chairs().saveAll([{ room: 't', place: '1' }, known])
    await expect(refused).rejects.toThrow('has a row, but no version')
    await expect(refused).rejects.toMatchObject({ entity: 'Chair', expected: 1, actual: 0 })
    expect(await chairs().count()).toBe(10)
  })

  it('are told by how many are as they were loaded, and nothing is written', async () => {
    const all = await made(5)
    await purses().update(all[1]?.id ?? 0, { balance: 1 })
    await purses().deleteById(all[3]?.id ?? 0)
    all.forEach(purse => (purse.balance = 9))
    const before = all.map(purse => ({ ...purse }))
    db.log.clear()
    for (const method of ['saveAll', 'deleteAll'] as const) {
      const refused = purses()[method](all)
      await expect(refused).rejects.toBeInstanceOf(OptimisticLockError)
      await expect(refused).rejects.toMatchObject({
        code: 'AMBIT_REPOSITORY_OPTIMISTIC_LOCK',
        entity: 'Purse',
        expected: 5,
        actual: 3,
      })
      await expect(refused).rejects.toThrow(`Purses.${method}`)
    }
    expect(writes()).toEqual([])
    expect(all.map(purse => ({ ...purse }))).toEqual(before)
    expect(await purses().orm.countBy({ balance: 9 })).toBe(0)
  })

  it('count two objects of one row, each by its own version', async () => {
    const [purse, other] = (await made(2)) as [Purse, Purse]
    const copy = Object.assign(new Purse(), purse)
    await purses().saveAll([purse, copy, other])
    const stale = Object.assign(new Purse(), purse, { version: 7 })
    await expect(purses().saveAll([purse, stale, other])).rejects.toMatchObject({ expected: 3, actual: 2 })
  })

  it('of keys with any signs are found', async () => {
    const ids = [
      '',
      ' ',
      'NULL',
      'null',
      '{}',
      '{a,b}',
      '"',
      '\\',
      "'",
      ',',
      'é',
      '😀',
      'a\nb',
      '$1',
      ':v',
      '[1]',
      '1',
      'true',
    ]
    const all = await coins().insertAll(ids.map(id => ({ id })))
    all.forEach(coin => (coin.worth = 3))
    db.log.clear()
    await coins().saveAll(all)
    expect([guards().length, singles().length]).toEqual([1, 0])
    expect(await coins().orm.countBy({ worth: 3, version: 2 })).toBe(ids.length)
    const none = [...all, Object.assign(new Coin(), { id: "x') OR 1=1 --", version: 1 })]
    await expect(coins().saveAll(none)).rejects.toMatchObject({ expected: ids.length + 1, actual: ids.length })
  })

  it('of keys with several columns are found, and versions as texts', async () => {
    const places = ['1', '-5', engine.oneWriter ? '7' : '9007199254740993']
    const all = await chairs().insertAll(places.map(place => ({ room: "o'r", place })))
    const same = all.map(chair => Object.assign(new Chair(), chair, { guest: 'x', version: String(chair.version) }))
    db.log.clear()
    await chairs().saveAll(same)
    expect([guards().length, singles().length]).toEqual([1, 0])
    expect(await chairs().orm.countBy({ guest: 'x' })).toBe(3)
    // The key of one row and the version of another make none.
    await chairs().update({ room: "o'r", place: '1' }, { guest: 'y' })
    const stored = await chairs().findAll()
    const crossed = stored.map((chair, at) => ({ ...chair, version: stored[(at + 1) % 3]?.version ?? 0 }))
    await expect(chairs().saveAll(crossed)).rejects.toMatchObject({ expected: 3, actual: 1 })
    await chairs().deleteAll(stored)
    expect(await chairs().count()).toBe(0)
  })

  it('of keys with a transformer are found as they are stored', async () => {
    const shelves = running.app.get(Shelves)
    await db.query("INSERT INTO shelf (name, version) VALUES ('<a>', 1), ('<b>', 4)")
    const all = await shelves.findAll()
    db.log.clear()
    await shelves.saveAll(all.map(shelf => Object.assign(shelf, { note: 'x' })))
    expect([guards().length, singles().length]).toEqual([1, 0])
    expect(await db.query('SELECT name, note, version FROM shelf ORDER BY name')).toEqual([
      { name: '<a>', note: 'x', version: 2 },
      { name: '<b>', note: 'x', version: 5 },
    ])
    const stored = ['<a>', 'b'].map(name => Object.assign(new Shelf(), { name, version: name === 'b' ? 5 : 2 }))
    await expect(shelves.saveAll(stored)).rejects.toMatchObject({ expected: 2, actual: 1 })
  })

  it.each([
    ['uuids', Uuids, 1, ['6f1c0f0e-0000-4000-8000-00000000000a', '6f1c0f0e-0000-4000-8000-00000000000b']],
    ['dates', Moments, 1, [new Date('2026-05-06T07:08:09.123Z'), new Date('2026-05-06T07:08:09.124Z')]],
    ['fractions', Fractions, engine.oneWriter ? 0 : 1, [0.1, 1e-7]],
    ['bytes', Bytes, engine.oneWriter ? 0 : 1, [Buffer.from([0, 92, 34, 255]), Buffer.from('{},')]],
  ] as const)('of keys that are %s are found, together or one by one', async (_, repository, together, ids) => {
    const keyed = running.app.get(repository as typeof Uuids) as CrudRepository<Keyed, unknown>
    await keyed.insertAll(ids.map(id => ({ id })))
    const all = await keyed.findAll()
    expect(all).toHaveLength(2)
    const [first, second] = all as [Keyed, Keyed]
    db.log.clear()
    const stale = { id: second.id, version: 2 }
    await expect(keyed.saveAll([first, stale])).rejects.toMatchObject({ expected: 2, actual: 1 })
    expect(guards()).toHaveLength(together)
    await keyed.saveAll([first, second])
  })

  it('of softly deleted rows are looked at like others', async () => {
    const all = await coins().insertAll([{ id: 'a' }, { id: 'b' }])
    await coins().orm.softDelete('a')
    const load = (): Promise<Coin[]> => coins().orm.find({ withDeleted: true, order: { id: 'ASC' } })
    await expect(coins().saveAll(all)).rejects.toMatchObject({ expected: 2, actual: 1 })
    const current = await load()
    await coins().saveAll(current.map(coin => Object.assign(coin, { worth: 4, deletedAt: null })))
    expect(await coins().orm.countBy({ worth: 4 })).toBe(2)
  })

  it('of keys that are relations, and of classes that share a table, are found', async () => {
    const [one, two] = (await made(2)) as [Purse, Purse]
    const lids = running.app.get(Lids)
    const all = await lids.insertAll([one, two].map(({ id }) => ({ purseId: id, color: 'red' })))
    db.log.clear()
    await lids.saveAll(all.map(lid => Object.assign(lid, { color: 'blue' })))
    expect([guards().length, singles().length]).toEqual([1, 0])
    expect(await db.query("SELECT version FROM lid WHERE color = 'blue'")).toEqual([{ version: 2 }, { version: 2 }])
    const [cats, dogs] = [running.app.get(Cats), running.app.get(Dogs)]
    const animals = await cats.saveAll([{ name: 'a' }, { name: 'b' }])
    db.log.clear()
    await cats.saveAll(animals.map(cat => Object.assign(cat, { name: 'c' })))
    expect(guards()).toHaveLength(1)
    const strays = animals.map(({ id, version }) => Object.assign(new Dog(), { id, version, name: 'd' }))
    await expect(dogs.saveAll(strays)).rejects.toMatchObject({ entity: 'Dog', expected: 2, actual: 0 })
  })

  it('of those that are taken along are one statement for each class', async () => {
    const all = await purses().saveAll(
      ['a', 'b', 'c'].map(owner => ({ owner, coins: [{ id: `${owner}1` }, { id: `${owner}2` }] })),
    )
    for (const purse of all) {
      purse.balance = 1
      for (const coin of purse.coins) coin.worth = 1
    }
    db.log.clear()
    await purses().saveAll(all)
    expect(guards().map(text => /FROM "(\w+)" "entity"/.exec(text)?.[1])).toEqual(['purse', 'coin'])
    expect(singles()).toEqual([])
    await coins().update('b2', { worth: 5 })
    for (const purse of all) for (const coin of purse.coins) coin.worth = 7
    await expect(purses().saveAll(all)).rejects.toMatchObject({ entity: 'Coin', expected: 6, actual: 5 })
    expect(await coins().orm.countBy({ worth: 7 })).toBe(0)
  })

  it('are asked one by one where values cannot go together, with the same answer', async () => {
    await coins().insertAll([{ id: 'a' }, { id: 'b' }])
    const odd = Object.assign(new Coin(), { id: (() => "'a'") as never, version: 1 })
    const [, b] = (await coins().findAllById(['a', 'b'])) as [Coin, Coin]
    db.log.clear()
    await expect(coins().deleteAll([odd, b])).rejects.toBeInstanceOf(Error)
    expect(guards()).toEqual([])
    expect(await coins().count()).toBe(2)
    const half = [Object.assign(new Coin(), { id: '\ud800', version: 1 }), b]
    await expect(coins().saveAll(half)).rejects.toMatchObject({ expected: 2, actual: 1 })
  })

  it(`of ${MANY} rows are one statement`, async () => {
    const numbers = engine.oneWriter
      ? `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${MANY}) SELECT`
      : 'SELECT'
    const from = engine.oneWriter ? 'FROM s' : `FROM generate_series(1, ${MANY}) n`
    await db.query(`INSERT INTO purse (id, owner, version) ${numbers} n, 'o', 1 ${from}`)
    const all = Array.from({ length: MANY }, (_, at) =>
      Object.assign(new Purse(), { id: at + 1, owner: 'x', version: at === 7 ? 2 : 1 }),
    )
    db.log.clear()
    await expect(purses().saveAll(all.toReversed())).rejects.toMatchObject({ expected: MANY, actual: MANY - 1 })
    expect([guards().length, singles().length, writes().length]).toEqual([1, 0, 0])
  }, 60_000)

  it('are held against what another transaction stores meanwhile', async () => {
    const all = await made(4)
    const [changed, go] = [gate(), gate()]
    const first = transactional({}, async () => {
      await purses().update(all[2]?.id ?? 0, { balance: 1 })
      changed.open()
      await go.opened
    })
    await changed.opened
    all.forEach(purse => (purse.balance = 9))
    const second = purses().saveAll(all)
    const refused = expect(second).rejects.toMatchObject({ entity: 'Purse', expected: 4, actual: 3 })
    await until('the second waits', async () => (engine.oneWriter ? waitsInQueue(1) : waitsForLock(1)))
    go.open()
    await first
    await refused
    expect(await purses().orm.countBy({ balance: 9 })).toBe(0)
  })

  it('stay as they are until the transaction ends', async () => {
    const all = await made(3)
    const [held, go] = [gate(), gate()]
    const first = transactional({}, async () => {
      await purses().saveAll(all.map(purse => Object.assign(purse, { owner: 'first' })))
      held.open()
      await go.opened
    })
    await held.opened
    const second = purses().update(all[2]?.id ?? 0, { owner: 'second' })
    await until('the second waits', async () => (engine.oneWriter ? waitsInQueue(1) : waitsForLock(1)))
    go.open()
    expect([await first, await second]).toEqual([undefined, true])
    const found = await db.query('SELECT owner, version FROM purse ORDER BY id')
    expect(found.map(({ owner, version }) => `${String(owner)} ${String(version)}`)).toEqual([
      'first 2',
      'first 2',
      'second 3',
    ])
  })

  it('of batches in opposite orders are no deadlock: one is stored, the other is told', async () => {
    const all = await made(30)
    const copies = (balance: number): Purse[] => all.map(purse => Object.assign(new Purse(), purse, { balance }))
    const [held, go] = [gate(), gate()]
    const between = transactional({}, async () => {
      await purses().orm.query(`UPDATE purse SET owner = 'x' WHERE id = ${String(all[14]?.id)}`)
      held.open()
      await go.opened
    })
    await held.opened
    const racing = Promise.allSettled([purses().saveAll(copies(1)), purses().saveAll(copies(2).toReversed())])
    await until('both wait', async () => (engine.oneWriter ? waitsInQueue(2) : waitsForLock(2)))
    go.open()
    await between
    const outcomes: PromiseSettledResult<Purse[]>[] = await racing
    const [lost, ...more] = outcomes.flatMap(each => (each.status === 'rejected' ? [each.reason as unknown] : []))
    expect([lost, more]).toEqual([expect.any(OptimisticLockError), []])
    expect(lost).toMatchObject({ expected: 30, actual: 0 })
    const balances = await db.query('SELECT DISTINCT balance, version FROM purse')
    expect(balances).toEqual([{ balance: expect.any(Number), version: 2 }])
  })

  const waitsInQueue = async (count: number): Promise<boolean> =>
    (await db.leftovers(running.app, 'default')).waiting >= count
  const waitsForLock = async (count: number): Promise<boolean> => {
    const sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return (await db.query(sql)).length >= count
  }
})
