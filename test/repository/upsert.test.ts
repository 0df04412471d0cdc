import { CrudRepository, Repository, transactional } from 'ambit'
import { InvalidUpsertError } from 'ambit/errors'
import {
  BeforeInsert,
  Column,
  CreateDateColumn,
  Entity,
  Generated,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Unique,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

class Address {
  @Column({ type: 'varchar', nullable: true })
  city!: string | null
}

@Entity('client')
@Index(['nick'], { unique: true, where: 'nick IS NOT NULL' })
class Client {
  @PrimaryGeneratedColumn('uuid')
  id!: string

  @Column({ unique: true })
  email!: string

  @Column({ type: 'varchar', nullable: true })
  nick!: string | null

  @Column({ type: 'varchar', default: 'new' })
  state!: string

  @Column({ type: 'varchar', default: 'web', update: false })
  origin!: string

  @Column(() => Address)
  address!: Address

  @CreateDateColumn()
  createdAt!: Date

  @UpdateDateColumn()
  updatedAt!: Date

  @VersionColumn()
  version!: number
}

@Entity('stock')
@Unique('one_stock_of_a_client', ['client', 'article'])
class Stock {
  @PrimaryGeneratedColumn()
  id!: number

  @ManyToOne(() => Client)
  @JoinColumn()
  client!: Client

  @Column()
  article!: string

  @Column({ type: 'integer' })
  amount!: number

  @Column()
  @Generated('uuid')
  label!: string
}

@Entity('setting')
class Setting {
  @PrimaryColumn({ type: 'varchar' })
  name!: string

  @Column({ type: 'simple-json', nullable: true })
  value!: unknown
}

/** Somebody listens to what becomes of it. */
@Entity('listened')
class Listened {
  @PrimaryColumn({ type: 'varchar' })
  name!: string

  @Column()
  tag!: string

  @BeforeInsert()
  mark(): void {
    this.tag = `<${this.tag}>`
  }
}

@Repository(Client)
class ClientRepository extends CrudRepository<Client, string> {}
@Repository(Stock)
class StockRepository extends CrudRepository<Stock> {}
@Repository(Setting)
class SettingRepository extends CrudRepository<Setting, string> {}
@Repository(Listened)
class ListenedRepository extends CrudRepository<Listened, string> {}

describe.each(ENGINES)('upsert on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Client, Stock, Setting, Listened],
    components: [ClientRepository, StockRepository, SettingRepository, ListenedRepository],
  }))
  const clients = (): ClientRepository => running.app.get(ClientRepository)
  const sent = (): readonly string[] => db.log.texts.filter(text => /INSERT|SELECT|UPDATE/.test(text))

  it('inserts, or updates what is given, in one statement; key, dates and version come back', async () => {
    const made = await clients().upsert({ email: 'a@x', nick: 'a', address: { city: 'Oslo' } }, ['email'])
    expect(made).toBeInstanceOf(Client)
    expect(made).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      state: 'new',
      version: 1,
      createdAt: expect.any(Date),
    })
    expect(await clients().getById(made.id)).toEqual(made)
    db.log.clear()
    const again = await clients().upsert({ email: 'a@x', address: { city: 'Rome' } }, ['email'])
    expect(sent()).toHaveLength(1)
    expect(again).toMatchObject({ id: made.id, version: 2, state: 'new', createdAt: made.createdAt })
    expect(again.updatedAt.getTime()).toBeGreaterThanOrEqual(made.updatedAt.getTime())
    const stored = await clients().getById(made.id)
    expect(stored).toMatchObject({ nick: 'a', address: { city: 'Rome' }, version: 2, createdAt: made.createdAt })
    expect(await clients().count()).toBe(1)
  })

  it('upsertAll answers new and stored rows in the order of its input', async () => {
    const old = await clients().upsert({ email: 'c1@x', nick: 'old' }, ['email'])
    const given = Array.from({ length: 40 }, (_, at) => ({
      email: `c${(at * 17) % 40}@x`,
      ...(at % 2 === 0 && { state: 'set' }),
    }))
    const all = await clients().upsertAll(given, ['email'])
    expect(all.map(({ email }) => email)).toEqual(given.map(({ email }) => email))
    const stored = new Map((await clients().findAll()).map(each => [each.email, each]))
    for (const { email, id, version, state } of all) expect(stored.get(email)).toMatchObject({ id, version, state })
    expect(all.find(({ email }) => email === 'c1@x')).toMatchObject({ id: old.id, version: 2 })
    expect(stored.get('c1@x')).toMatchObject({ nick: 'old' })
    expect(await clients().count()).toBe(40)
    db.log.clear()
    expect(await clients().upsertAll([], ['email'])).toEqual([])
    expect(db.log.commands).toEqual([])
  })

  it('sets only what is listed', async () => {
    await clients().upsert({ email: 'a@x', nick: 'a', state: 'first' }, ['email'])
    await clients().upsertAll(
      [
        { email: 'a@x', nick: 'b', state: 'second' },
        { email: 'b@x', state: 'second' },
      ],
      ['email'],
      { update: ['nick'] },
    )
    expect(await db.query('SELECT email, nick, state FROM client ORDER BY email')).toEqual([
      { email: 'a@x', nick: 'b', state: 'first' },
      { email: 'b@x', nick: null, state: 'second' },
    ])
    await clients().upsert({ email: 'a@x', nick: 'c' }, ['email'], { update: [] })
    expect(await db.query("SELECT nick, version FROM client WHERE email = 'a@x'")).toEqual([{ nick: 'b', version: 3 }])
  })

  it('takes relations and keys of several columns, and keys of the application', async () => {
    const client = await clients().upsert({ email: 'a@x' }, ['email'])
    const stocks = running.app.get(StockRepository)
    const [a] = await stocks.upsertAll(
      [
        { client, article: 'x', amount: 1 },
        { client, article: 'y', amount: 2 },
      ],
      ['client', 'article'],
    )
    expect(await stocks.upsert({ client, article: 'x', amount: 5 }, ['article', 'client'])).toMatchObject({
      id: a?.id,
      amount: 5,
      label: a?.label,
    })
    expect(await stocks.count()).toBe(2)
    const settings = running.app.get(SettingRepository)
    await settings.upsertAll([{ name: 'a', value: { b: [1] } }, { name: 'c' }], ['name'])
    expect(await settings.upsert({ name: 'c', value: 'x' }, ['name'])).toEqual({ name: 'c', value: 'x' })
    expect(await settings.upsert({ name: 'a' }, ['name'])).toMatchObject({ name: 'a' })
    expect(await settings.getById('a')).toEqual({ name: 'a', value: { b: [1] } })
  })

  it.each([
    ['a property that is not unique', { email: 'a' }, ['state'], "'state' of Client is unique"],
    ['a unique index of some rows only', { email: 'a', nick: 'b' }, ['nick'], "'nick' of Client"],
    ['more than what is unique', { email: 'a', state: 'b' }, ['email', 'state'], "'email', 'state' of Client"],
    ['no property', { email: 'a' }, [], 'No property of Client is unique'],
    ['what is no property', { email: 'a' }, ['mail'], "'mail' is no property of Client"],
    ['a key that is not given', { nick: 'a' }, ['email'], 'A Client has no value for email'],
    ['a key that is null', { email: null }, ['email'], 'A Client has no value for email'],
  ])('refuses %s, before any SQL', async (_, entity, conflict, says) => {
    const refused = clients().upsert(entity as never, conflict as never)
    await expect(refused).rejects.toBeInstanceOf(InvalidUpsertError)
    await expect(refused).rejects.toThrow(says)
    await expect(refused).rejects.toThrow('ClientRepository.upsert')
    expect(db.log.commands).toEqual([])
  })

  it('refuses the same key twice, and unknown properties to set, before any SQL', async () => {
    const twice = clients().upsertAll([{ email: 'a' }, { email: 'a' }], ['email'])
    await expect(twice).rejects.toThrow('Two Client have the same email')
    await expect(clients().upsert({ email: 'a' }, ['email'], { update: ['nik' as never] })).rejects.toThrow(
      "'nik' is no property",
    )
    expect(db.log.commands).toEqual([])
  })

  it.each([
    ['when a row was made', { update: ['createdAt'] }, "'createdAt' of Client stays as it is"],
    ['the version', { update: ['nick', 'version'] }, "'version' of Client stays as it is"],
    ['the primary key', { update: ['id'] }, "'id' of Client stays as it is"],
    ['what a row is known by', { update: ['email'] }, "'email' of Client stays as it is"],
    ['a column that no update writes', { update: ['origin'] }, "'origin' of Client stays as it is"],
    ['no list', { update: 'nick' }, 'The option update is no list'],
    ['another option', { set: ['nick'] }, "has no option 'set'"],
  ])('refuses to set %s, before any SQL', async (_, options, says) => {
    const refused = clients().upsert({ email: 'a', nick: 'b' }, ['email'], options as never)
    await expect(refused).rejects.toThrow(says)
    await expect(refused).rejects.toThrow('ClientRepository.upsert')
    expect(db.log.commands).toEqual([])
  })

  it('leaves entities with listeners to TypeORM, as far as it can do what is asked', async () => {
    const listened = running.app.get(ListenedRepository)
    await listened.upsertAll(
      [
        { name: 'a', tag: 'x' },
        { name: 'b', tag: 'y' },
      ],
      ['name'],
    )
    expect(await db.query('SELECT tag FROM listened ORDER BY name')).toEqual([{ tag: '<x>' }, { tag: '<y>' }])
    const refused = listened.upsert({ name: 'a', tag: 'z' }, ['name'], { update: ['tag'] })
    await expect(refused).rejects.toBeInstanceOf(InvalidUpsertError)
    await expect(refused).rejects.toThrow('Listened has listeners')
  })

  it('stores all or none, and objects go back with their rows', async () => {
    const client = clients().orm.create({ email: 'a@x' })
    const failing = transactional({}, async () => {
      await clients().upsert(client, ['email'])
      expect(client.version).toBe(1)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect([client.id, client.version]).toEqual([undefined, undefined])
    const bad = clients().upsertAll([{ email: 'b@x' }, { email: 'c@x', state: null as never }], ['email'])
    await expect(bad).rejects.toMatchObject({ code: 'AMBIT_DATABASE_INTEGRITY' })
    expect(await clients().count()).toBe(0)
  })
})
