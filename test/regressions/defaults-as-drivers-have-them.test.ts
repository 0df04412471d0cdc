import { CrudRepository, Repository } from 'ambit'
import { BeforeInsert, Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// On PostgreSQL, defaults came into inserted entities as the driver answers them: a day as a Date, a list as one text, and what
// a transformer makes an object of as its bare text, also where the entity held the object.

class Cents {
  constructor(readonly count: number) {}
}

const cents = {
  to: (value: unknown) => (value instanceof Cents ? value.count : value),
  from: (value: unknown) => {
    if (value === 666) throw new Error('no such amount')
    return typeof value === 'number' ? new Cents(value) : value
  },
}

abstract class Priced {
  @PrimaryGeneratedColumn() id!: number
  @Column({ unique: true }) name!: string
  @Column({ type: 'integer', default: 250, transformer: cents }) price!: Cents
  @Column({ type: 'date', default: '2026-01-31' }) since!: string
  @Column({ type: 'simple-array', default: 'a,b' }) tags!: string[]
  @Column({ type: 'simple-json', default: '{"a":1}' }) facts!: object
}

@Entity('defaults_plain')
class Plain extends Priced {}

@Entity('defaults_heard')
class Heard extends Priced {
  @BeforeInsert() listen(): void {
    // Its being there is what counts.
  }
}

type Priceds = CrudRepository<Plain>

@Repository(Plain)
class Plains extends CrudRepository<Plain> {}
@Repository(Heard)
class Heards extends CrudRepository<Heard> {}

const stored = { price: new Cents(250), since: '2026-01-31', tags: ['a', 'b'], facts: { a: 1 } }

describe.each(ENGINES)('defaults of the database on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Plain, Heard], components: [Plains, Heards] }))

  it.each([
    ['of an entity that nobody listens to', (): Priceds => running.app.get(Plains)],
    ['of one with a listener', (): Priceds => running.app.get(Heards) as unknown as Priceds],
  ])('come into entities as their properties hold them: %s', async (_, repository) => {
    const rows = repository()
    const written = [
      await rows.insert({ name: 'a' }),
      ...(await rows.insertAll([{ name: 'b' }, { name: 'c' }])),
      await rows.save({ name: 'd' }),
      ...(await rows.saveAll([{ name: 'e' }, { name: 'f' }])),
      await rows.upsert({ name: 'g' }, ['name']),
      ...(await rows.upsertAll([{ name: 'h' }, { name: 'a' }], ['name'])),
    ]
    for (const { price, since, tags, facts } of written) expect({ price, since, tags, facts }).toEqual(stored)
    for (const { price } of written) expect(price).toBeInstanceOf(Cents)
  })

  it('leave what the entity gives instead as it is', async () => {
    const rows = running.app.get(Plains)
    const given = { price: new Cents(7), since: '2025-12-24', tags: ['x'], facts: { b: 2 } }
    expect(await rows.insert({ name: 'a', ...given })).toMatchObject(given)
    expect((await rows.insertAll([{ name: 'b', ...given }]))[0]).toMatchObject(given)
    expect(await rows.findMany()).toEqual([expect.objectContaining(given), expect.objectContaining(given)])
  })

  it('that a transformer cannot read are an error, and no row', async () => {
    const rows = running.app.get(Plains)
    await expect(rows.insert({ name: 'a', price: 666 as unknown as Cents })).rejects.toThrow('no such amount')
    expect(await db.query('SELECT name FROM defaults_plain')).toEqual([])
  })
})
