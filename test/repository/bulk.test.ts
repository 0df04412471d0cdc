import { CrudRepository, dataSourceToken, Repository, transactional } from 'ambit'
import { RowsLostError, UniqueViolationError } from 'ambit/errors'
import {
  Column,
  CreateDateColumn,
  Entity,
  type EntitySubscriberInterface,
  type InsertEvent,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
} from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { LIBRARY, Publisher, PublisherRepository, Volume, VolumeRepository } from './library'

/** The database makes its key, and more. */
@Entity('ticket')
class Ticket {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  code!: string

  @Column({ type: 'varchar', nullable: true, default: 'low' })
  level!: string | null

  @CreateDateColumn()
  createdAt!: Date

  @ManyToOne(() => Ticket, { nullable: true })
  parent!: Ticket | null
}

/** The application makes its key. */
@Entity('country')
class Country {
  @PrimaryColumn({ type: 'varchar' })
  code!: string

  @Column()
  name!: string
}

@Entity('meter')
class Meter {
  @PrimaryGeneratedColumn('identity')
  id!: number

  @Column()
  reading!: number
}

@Repository(Ticket)
class TicketRepository extends CrudRepository<Ticket> {}
@Repository(Country)
class CountryRepository extends CrudRepository<Country, string> {}
@Repository(Meter)
class MeterRepository extends CrudRepository<Meter> {}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at)

describe.each(ENGINES)('many rows at once on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [...LIBRARY.entities, Ticket, Country],
    components: [...LIBRARY.components, TicketRepository, CountryRepository],
  }))
  const tickets = (): TicketRepository => running.app.get(TicketRepository)
  const volumes = (): VolumeRepository => running.app.get(VolumeRepository)
  const inserts = (): number => db.log.texts.filter(text => text.includes('INSERT INTO')).length
  const codes = async (): Promise<unknown[]> =>
    (await db.query('SELECT code FROM ticket ORDER BY id')).map(row => Object.values(row)[0])

  it.each(['insertAll', 'saveAll'] as const)(
    'R4 R5 %s answers in the order of its input, with what is stored',
    async method => {
      const given = numbers(300).map(at => ({
        code: `c${(at * 7919) % 300}`,
        ...(at % 3 === 0 && { level: at % 2 === 0 ? null : 'high' }),
      }))
      const made = await tickets()[method](given)
      expect(made.map(({ code }) => code)).toEqual(given.map(({ code }) => code))
      expect(made[0]).toBeInstanceOf(Ticket)
      const stored = new Map((await tickets().findAll()).map(each => [each.id, each]))
      expect(stored.size).toBe(300)
      for (const { id, code, level, createdAt } of made)
        expect(stored.get(id)).toMatchObject({ code, level, createdAt })
      expect([made[0]?.level, made[1]?.level, made[3]?.level]).toEqual([null, 'low', 'high'])
      expect(inserts()).toBe(engine.oneWriter ? 300 : 2)
      expect(db.log.commands.filter(command => command === 'BEGIN')).toHaveLength(1)
    },
  )

  it('R4 sends nothing for no rows, and takes one', async () => {
    expect([await tickets().insertAll([]), await tickets().saveAll([])]).toEqual([[], []])
    expect(db.log.commands).toEqual([])
    expect(await tickets().insertAll([{ code: 'a' }])).toEqual([expect.objectContaining({ code: 'a', level: 'low' })])
    expect(inserts()).toBe(1)
  })

  it('R4 saves new and stored rows together, in the order of the input', async () => {
    const [old] = (await tickets().insertAll([{ code: 'old' }, { code: 'other' }])) as [Ticket]
    old.code = 'changed'
    const fresh = tickets().orm.create({ code: 'new' })
    const saved = await tickets().saveAll([fresh, old, { code: 'newest' }])
    expect([saved[0], saved[1]]).toEqual([fresh, old])
    expect(saved.map(({ code }) => code)).toEqual(['new', 'changed', 'newest'])
    expect((await codes()).sort()).toEqual(['changed', 'new', 'newest', 'other'])
  })

  it('saves the same object once', async () => {
    const ticket = tickets().orm.create({ code: 'once' })
    expect(await tickets().saveAll([ticket, ticket])).toEqual([ticket, ticket])
    expect(await codes()).toEqual(['once'])
  })

  it('stores all or none: a duplicate is translated, names its constraint, and leaves the objects as they were', async () => {
    const given = numbers(50).map(at => tickets().orm.create({ code: `c${at % 49}` }))
    for (const method of ['insertAll', 'saveAll'] as const) {
      const failed = tickets()[method](given)
      await expect(failed).rejects.toBeInstanceOf(UniqueViolationError)
      if (!engine.oneWriter) await expect(failed).rejects.toMatchObject({ constraint: expect.stringContaining('UQ_') })
      expect(await codes()).toEqual([])
      expect(given[0]).toStrictEqual(tickets().orm.create({ code: 'c0' }))
    }
  })

  it('stores all or none without a transaction around it, too', async () => {
    const failed = transactional({ propagation: 'NOT_SUPPORTED' }, () =>
      tickets().insertAll([{ code: 'a' }, { code: 'a' }]),
    )
    await expect(failed).rejects.toBeInstanceOf(UniqueViolationError)
    expect(await codes()).toEqual([])
  })

  it('takes keys of the application, and rows without anything to return', async () => {
    const countries = running.app.get(CountryRepository)
    const given = [
      { code: 'fr', name: 'France' },
      { code: 'de', name: 'L\'Allemagne "\\' },
      { code: 'it', name: '' },
    ]
    expect(await countries.insertAll(given)).toEqual(given)
    expect(await db.query('SELECT * FROM country ORDER BY code')).toEqual([given[1], given[0], given[2]])
    await expect(
      countries.insertAll([
        { code: 'es', name: 'a' },
        { code: 'fr', name: 'b' },
      ]),
    ).rejects.toBeInstanceOf(UniqueViolationError)
    expect(await countries.count()).toBe(3)
    expect(
      await countries.saveAll([
        { code: 'es', name: 'a' },
        { code: 'fr', name: 'b' },
      ]),
    ).toHaveLength(2)
    expect(await countries.getById('fr')).toMatchObject({ name: 'b' })
  })

  it('leaves to TypeORM what cascades, and what refers to rows that are not there yet', async () => {
    const parent = Object.assign(new Ticket(), { code: 'parent' })
    const child = Object.assign(new Ticket(), { code: 'child', parent })
    await tickets().saveAll([child, parent])
    expect(await db.query('SELECT "parentId" FROM ticket WHERE code = \'child\'')).toEqual([{ parentId: parent.id }])
    const houses = await running.app
      .get(PublisherRepository)
      .saveAll([{ name: 'a', volumes: [{ title: 'x' }] }, { name: 'b' }])
    expect(houses[0]?.volumes[0]?.id).toMatch(/^[0-9a-f-]{36}$/)
    const [house] = houses as [Publisher]
    const [volume] = (await volumes().saveAll([
      { title: 'y', publisher: house },
      { title: 'z', publisher: null },
    ])) as [Volume]
    const [row] = await db.query<{ publisherId: number }>(`SELECT "publisherId" FROM volume WHERE id = '${volume.id}'`)
    expect(row?.publisherId).toBe(house.id)
  })

  it('tells subscribers of each entity', async () => {
    const heard: string[] = []
    const subscriber: EntitySubscriberInterface<Ticket> = {
      listenTo: () => Ticket,
      beforeInsert: ({ entity }: InsertEvent<Ticket>) => void heard.push(entity.code),
    }
    const { subscribers } = running.app.get(dataSourceToken('default'))
    subscribers.push(subscriber)
    try {
      await tickets().insertAll([{ code: 'a' }, { code: 'b' }])
      await tickets().saveAll([{ code: 'c' }, { code: 'd' }])
    } finally {
      subscribers.splice(subscribers.indexOf(subscriber), 1)
    }
    expect(heard).toEqual(['a', 'b', 'c', 'd'])
  })

  it('keeps values out of reach of SQL', async () => {
    const evil = `'); DROP TABLE ticket; -- " \\ $1`
    await tickets().insertAll([{ code: evil }, { code: `${evil}2`, level: evil }])
    expect(await codes()).toEqual(expect.arrayContaining([evil, `${evil}2`]))
  })

  it('puts back keys and defaults when the rows are rolled back: by a transaction, a savepoint, a retry', async () => {
    const given = numbers(3).map(at => tickets().orm.create({ code: `c${at}` }))
    const single = tickets().orm.create({ code: 's' })
    const untouched = given.map(each => ({ ...each }))
    const work = async (): Promise<void> => {
      await tickets().saveAll(given)
      await tickets().save(single)
      expect([typeof given[2]?.id, given[2]?.level, typeof single.id]).toEqual(['number', 'low', 'number'])
    }
    await expect(transactional({}, () => work().then(() => Promise.reject(new Error('no'))))).rejects.toThrow('no')
    expect(given.map(each => ({ ...each }))).toMatchObject(untouched)
    expect([given[0]?.id, single.id]).toEqual([undefined, undefined])
    await transactional({}, async () => {
      const inner = transactional({ propagation: 'NESTED' }, () => work().then(() => Promise.reject(new Error('no'))))
      await expect(inner).rejects.toThrow('no')
      expect([given[0]?.id, single.id]).toEqual([undefined, undefined])
      await transactional({ propagation: 'NESTED' }, work)
    })
    expect(await codes()).toHaveLength(4)
    expect(typeof given[0]?.id).toBe('number')
  })

  it('a savepoint that was kept goes with the transaction around it', async () => {
    const ticket = tickets().orm.create({ code: 'kept' })
    const outer = transactional({}, async () => {
      await transactional({ propagation: 'NESTED' }, () => tickets().save(ticket))
      expect(typeof ticket.id).toBe('number')
      throw new Error('no')
    })
    await expect(outer).rejects.toThrow('no')
    expect(ticket.id).toBeUndefined()
  })
})

describe('many rows at once on PostgreSQL, on tables of their own kind', () => {
  const engine = ENGINES[1] as (typeof ENGINES)[0]
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Ticket, Meter],
    components: [TicketRepository, MeterRepository],
  }))
  const run = (sql: string): Promise<unknown> => running.app.get(TicketRepository).manager.query(sql)

  it('stores texts that JSON cannot hold as drivers do', async () => {
    const half = '\ud800'
    const tickets = running.app.get(TicketRepository)
    await tickets.insertAll([
      { code: 'x' + half, level: '\ud83d\ude00' },
      { code: 'y', level: '\\u0041 \\' },
    ])
    await expect(tickets.findAll()).resolves.toEqual([
      expect.objectContaining({ code: 'x\ufffd', level: '\ud83d\ude00' }),
      expect.objectContaining({ code: 'y', level: '\\u0041 \\' }),
    ])
  })

  it('draws the values of identity columns as well', async () => {
    const meters = running.app.get(MeterRepository)
    const made = await meters.insertAll(numbers(20).map(reading => ({ reading })))
    expect(await meters.findAll()).toEqual(expect.arrayContaining(made))
    expect(inserts(db.log.texts)).toBe(1)
  })

  it('matches rows by their keys, also where numbers count down', async () => {
    await run('ALTER SEQUENCE ticket_id_seq INCREMENT BY -1 MINVALUE -1000000 START WITH -1 RESTART')
    const made = await running.app.get(TicketRepository).insertAll(numbers(20).map(at => ({ code: `c${at}` })))
    const stored = await running.app.get(TicketRepository).findAll()
    expect(made.map(({ id }) => id)).toEqual(numbers(20).map(at => -1 - at))
    expect(made.every(({ id, code }) => stored.some(each => each.id === id && each.code === code))).toBe(true)
    await run('ALTER SEQUENCE ticket_id_seq INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 RESTART')
  })

  it('notices rows that a trigger changes or drops, and stores none', async () => {
    const tickets = running.app.get(TicketRepository)
    await tickets.insertAll([{ code: 'a' }, { code: 'b' }])
    await run(`CREATE FUNCTION half() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.code = 'drop' THEN RETURN NULL; END IF; NEW.level := 'by trigger'; RETURN NEW; END $$`)
    await run('CREATE TRIGGER half BEFORE INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION half()')
    try {
      const lost = tickets.insertAll([{ code: 'c' }, { code: 'drop' }])
      await expect(lost).rejects.toBeInstanceOf(RowsLostError)
      await expect(lost).rejects.toMatchObject({ entity: 'Ticket', expected: 2, actual: 1 })
      expect(await tickets.count()).toBe(2)
      const made = await tickets.insertAll([{ code: 'd' }, { code: 'e' }])
      expect(made.map(({ level }) => level)).toEqual(['by trigger', 'by trigger'])
    } finally {
      await run('DROP FUNCTION half() CASCADE')
    }
  })

  const inserts = (texts: readonly string[]): number => texts.filter(text => text.includes('INSERT INTO')).length
})
