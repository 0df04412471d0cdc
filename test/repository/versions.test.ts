import { CrudRepository, Repository, transactional } from 'ambit'
import { OptimisticLockError } from 'ambit/errors'
import {
  Column,
  DeleteDateColumn,
  Entity,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { gate } from '../support/gate'
import { LIBRARY, PublisherRepository, type Volume, VolumeRepository } from './library'

@Entity('account')
class Account {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  owner!: string

  @Column({ default: 0 })
  balance!: number

  @VersionColumn()
  version!: number

  @UpdateDateColumn()
  updatedAt!: Date
}

/** Its key is of two columns, and of the application. */
@Entity('seat')
class Seat {
  @PrimaryColumn({ type: 'varchar' })
  hall!: string

  @PrimaryColumn()
  place!: number

  @Column({ type: 'varchar', nullable: true })
  guest!: string | null

  @VersionColumn()
  version!: number
}

/** Its rows are deleted softly. */
@Entity('paper')
class Paper {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  title!: string

  @DeleteDateColumn()
  deletedAt!: Date | null

  @VersionColumn()
  version!: number
}

@Repository(Paper)
class PaperRepository extends CrudRepository<Paper> {}
@Repository(Account)
class AccountRepository extends CrudRepository<Account> {}
@Repository(Seat)
class SeatRepository extends CrudRepository<Seat, { hall: string; place: number }> {}

describe.each(ENGINES)('versions on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [...LIBRARY.entities, Account, Seat, Paper],
    components: [...LIBRARY.components, AccountRepository, SeatRepository, PaperRepository],
  }))
  const accounts = (): AccountRepository => running.app.get(AccountRepository)
  const seats = (): SeatRepository => running.app.get(SeatRepository)
  const rows = (): Promise<unknown[]> => db.query('SELECT owner, balance, version FROM account ORDER BY id')
  const writes = (): string[] => db.log.commands.filter(command => /^(INSERT|UPDATE|DELETE)/.test(command))

  /** The same row, twice, one of them changed and saved. */
  const stale = async (): Promise<Account> => {
    const { id } = await accounts().save({ owner: 'a' })
    const [mine, theirs] = [await accounts().getById(id), await accounts().getById(id)]
    await accounts().save(Object.assign(theirs, { balance: 5 }))
    db.log.clear()
    return Object.assign(mine, { balance: 9 })
  }

  it('O2 start at 1, go up with each save, and come back in the object', async () => {
    const account = await accounts().save({ owner: 'a' })
    expect(account.version).toBe(1)
    await accounts().save(Object.assign(account, { balance: 2 }))
    await accounts().saveAll([Object.assign(account, { balance: 3 })])
    expect(account.version).toBe(3)
    expect(await rows()).toEqual([{ owner: 'a', balance: 3, version: 3 }])
  })

  it.each(['save', 'saveAll', 'delete', 'deleteAll'] as const)(
    '%s refuses what is stale, and writes nothing',
    async method => {
      const mine = await stale()
      const before = { ...mine }
      const other = Object.assign(new Account(), { owner: 'b' })
      const work = {
        save: () => accounts().save(mine),
        saveAll: () => accounts().saveAll([other, mine]),
        delete: () => accounts().delete(mine),
        deleteAll: () => accounts().deleteAll([mine]),
      }
      const refused = work[method]()
      await expect(refused).rejects.toBeInstanceOf(OptimisticLockError)
      await expect(refused).rejects.toMatchObject({ entity: 'Account', expected: 1, actual: 0 })
      await expect(refused).rejects.toThrow(`AccountRepository.${method}`)
      expect([writes(), await rows()]).toEqual([[], [{ owner: 'a', balance: 5, version: 2 }]])
      expect({ ...mine }).toEqual(before)
      expect(other.id).toBeUndefined()
    },
  )

  it('a batch is refused whole, with how many were stale', async () => {
    const all = await accounts().saveAll([{ owner: 'a' }, { owner: 'b' }, { owner: 'c' }])
    await accounts().update(all[1]?.id ?? 0, { balance: 1 })
    all.forEach(account => (account.balance = 7))
    await expect(accounts().saveAll(all)).rejects.toMatchObject({ expected: 3, actual: 2 })
    expect(await db.query('SELECT count(*) AS n FROM account WHERE balance = 7')).toMatchObject([
      { n: expect.anything() },
    ])
    expect(await accounts().orm.countBy({ balance: 7 })).toBe(0)
  })

  it('a row that is gone is stale too', async () => {
    const account = await accounts().save({ owner: 'a' })
    await accounts().deleteById(account.id)
    await expect(accounts().save({ ...account, balance: 3 })).rejects.toBeInstanceOf(OptimisticLockError)
    await expect(accounts().delete(account)).rejects.toBeInstanceOf(OptimisticLockError)
    expect(await rows()).toEqual([])
  })

  it('an unknown version is no permission: what has a row is refused, what has none is inserted', async () => {
    const { id } = await accounts().save({ owner: 'a' })
    await expect(accounts().save({ id, owner: 'b' })).rejects.toThrow('has a row, but no version')
    await expect(accounts().delete({ id } as Account)).rejects.toBeInstanceOf(OptimisticLockError)
    const seat = await seats().save({ hall: 'h', place: 1 })
    expect(seat.version).toBe(1)
    await expect(seats().save({ hall: 'h', place: 1, guest: 'x' })).rejects.toBeInstanceOf(OptimisticLockError)
    expect(await seats().saveAll([Object.assign(seat, { guest: 'y' }), { hall: 'h', place: 2 }])).toMatchObject([
      { guest: 'y', version: 2 },
      { place: 2, version: 1 },
    ])
  })

  it('update takes a version as a condition, in one statement, and says when it was another', async () => {
    const { id, version } = await accounts().save({ owner: 'a' })
    db.log.clear()
    expect(await accounts().update(id, { balance: 1 }, { version })).toBe(true)
    expect(db.log.texts.filter(text => /^(UPDATE|SELECT)/.test(text))).toEqual([
      expect.stringMatching(/^UPDATE "account" SET "balance" = .*"version" = "?version"? \+ 1.* WHERE .*"version" = /),
    ])
    await expect(accounts().update(id, { balance: 2 }, { version })).rejects.toMatchObject({ expected: 1, actual: 0 })
    expect(await accounts().update(id, { balance: 3 })).toBe(true)
    expect(await rows()).toEqual([{ owner: 'a', balance: 3, version: 3 }])
    const publishers = running.app.get(PublisherRepository)
    await expect(publishers.update(1, { name: 'x' }, { version: 1 })).rejects.toMatchObject({
      code: 'AMBIT_REPOSITORY_NO_VERSION',
    })
  })

  it.each([
    ['undefined', { version: undefined }, 'AMBIT_REPOSITORY_NO_VERSION', 'a version that is none'],
    ['null', { version: null }, 'AMBIT_REPOSITORY_NO_VERSION', 'a version that is none'],
    ['no whole number', { version: 1.5 }, 'AMBIT_REPOSITORY_NO_VERSION', 'a version that is none'],
    ['no number', { version: 'v1' }, 'AMBIT_REPOSITORY_NO_VERSION', 'a version that is none'],
    ['a date', { version: new Date() }, 'AMBIT_REPOSITORY_NO_VERSION', 'a version that is none'],
    ['misspelt', { versoin: 999 }, 'AMBIT_REPOSITORY_SPECIFICATION', "Did you mean 'version'"],
  ])('update refuses a version that is %s, before any SQL', async (_, options, code, says) => {
    const refused = accounts().update(1, { balance: 1 }, options as never)
    await expect(refused).rejects.toMatchObject({ code })
    await expect(refused).rejects.toThrow(says)
    await expect(refused).rejects.toThrow('AccountRepository.update')
    expect(db.log.commands).toEqual([])
  })

  it('of softly deleted rows are checked as well', async () => {
    const papers = running.app.get(PaperRepository)
    const { id } = await papers.save({ title: 'a' })
    await papers.orm.softDelete(id)
    const load = (): Promise<Paper> => papers.orm.findOneOrFail({ where: { id }, withDeleted: true })
    await expect(papers.save({ id, title: 'b' })).rejects.toThrow('has a row, but no version')
    const [old, mine] = [await load(), await load()]
    await papers.save(Object.assign(mine, { title: 'c', deletedAt: null }))
    expect(await papers.findById(id)).toMatchObject({ title: 'c', version: mine.version })
    await papers.orm.softDelete(id)
    await expect(papers.save(Object.assign(old, { title: 'd' }))).rejects.toMatchObject({ expected: 1, actual: 0 })
    await expect(papers.delete(old)).rejects.toBeInstanceOf(OptimisticLockError)
    await papers.delete(await load())
    expect(await db.query('SELECT id FROM paper')).toEqual([])
  })

  it('O6 of two who save at the same time one wins', async () => {
    const { id } = await accounts().save({ owner: 'a' })
    const [read, both] = [[gate(), gate()] as const, gate()]
    const change = (at: 0 | 1): Promise<Account> =>
      transactional({}, async () => {
        const account = engine.oneWriter ? copies[at] : await accounts().getById(id)
        read[at].open()
        await both.opened
        return accounts().save(Object.assign(account, { balance: at + 1 }))
      })
    const copies = [await accounts().getById(id), await accounts().getById(id)] as const
    const racing = Promise.allSettled([change(0), change(1)])
    // Where there is one writer, the second gets in when the first is done.
    await read[0].opened
    if (!engine.oneWriter) await read[1].opened
    both.open()
    const results: PromiseSettledResult<Account>[] = await racing
    const [won, lost] = results.sort((a, b) => (a.status < b.status ? -1 : 1))
    expect([won?.status, lost?.status]).toEqual(['fulfilled', 'rejected'])
    expect((lost as PromiseRejectedResult).reason).toBeInstanceOf(OptimisticLockError)
    expect(await rows()).toMatchObject([{ version: 2 }])
  })

  it('in objects go back when the transaction or the savepoint is rolled back', async () => {
    const account = await accounts().save({ owner: 'a' })
    const { updatedAt } = account
    const failing = async (): Promise<void> => {
      await accounts().save(Object.assign(account, { balance: 1 }))
      await accounts().save(Object.assign(account, { balance: 2 }))
      expect(account.version).toBe(3)
      throw new Error('no')
    }
    await expect(transactional({}, failing)).rejects.toThrow('no')
    expect([account.version, account.updatedAt]).toEqual([1, updatedAt])
    await transactional({}, async () => {
      await expect(transactional({ propagation: 'NESTED' }, failing)).rejects.toThrow('no')
      expect(account.version).toBe(1)
      await accounts().save(Object.assign(account, { balance: 3 }))
    })
    expect(account.version).toBe(2)
    await expect(transactional({}, () => accounts().delete(account).then(failing))).rejects.toThrow()
    expect([account.id, account.version]).toEqual([expect.any(Number), 2])
    expect(await accounts().save(Object.assign(account, { balance: 4 }))).toMatchObject({ version: 3 })
  })

  it('are checked for those that an entity takes along, too', async () => {
    const publishers = running.app.get(PublisherRepository)
    const volumes = running.app.get(VolumeRepository)
    const house = await publishers.save({ name: 'h', volumes: [{ title: 'a' }, { title: 'b' }] })
    const [volume, other] = house.volumes as [Volume, Volume]
    await volumes.update(volume.id, { title: 'theirs' })
    volume.title = 'mine'
    const refused = publishers.save(house)
    await expect(refused).rejects.toMatchObject({ entity: 'Volume', expected: 2, actual: 1 })
    await expect(refused).rejects.toBeInstanceOf(OptimisticLockError)
    expect(await volumes.findById(volume.id)).toMatchObject({ title: 'theirs', version: 2 })
    // Named by its key only, it is no version of anything.
    await publishers.save({ id: house.id, volumes: [{ id: volume.id }, { id: other.id }] })
    expect(await volumes.findById(volume.id)).toMatchObject({ title: 'theirs', version: 2 })
  })
})
