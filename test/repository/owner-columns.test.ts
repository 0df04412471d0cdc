import { CrudRepository, Repository, Sort } from 'ambit'
import { Column, DataSource, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// Members of a list say whose they are by a column that their select answers anyway, or by one more.

const tenfold = {
  to: (value: unknown) => (typeof value === 'number' ? value / 10 : value),
  from: (value: unknown) => (typeof value === 'number' ? value * 10 : value),
}

@Entity('owned_shelf')
class Shelf {
  @PrimaryColumn('integer') id!: number
  @OneToMany(() => Plain, member => member.shelf) plain!: Plain[]
  @OneToMany(() => Declared, member => member.shelf) declared!: Declared[]
  @OneToMany(() => Hidden, member => member.shelf) hidden!: Hidden[]
  @OneToMany(() => Scaled, member => member.shelf) scaled!: Scaled[]
}

@Entity('owned_plain')
class Plain {
  @PrimaryColumn('integer') id!: number
  @ManyToOne(() => Shelf, shelf => shelf.plain) @JoinColumn({ name: 'shelf_id' }) shelf!: Shelf
}

@Entity('owned_declared')
class Declared {
  @PrimaryColumn('integer') id!: number
  @Column('integer', { name: 'shelf_id', nullable: true }) shelfId!: number | null
  @ManyToOne(() => Shelf, shelf => shelf.declared) @JoinColumn({ name: 'shelf_id' }) shelf!: Shelf
}

@Entity('owned_hidden')
class Hidden {
  @PrimaryColumn('integer') id!: number
  @Column('integer', { name: 'shelf_id', nullable: true, select: false }) shelfId!: number | null
  @ManyToOne(() => Shelf, shelf => shelf.hidden) @JoinColumn({ name: 'shelf_id' }) shelf!: Shelf
}

@Entity('owned_scaled')
class Scaled {
  @PrimaryColumn('integer') id!: number
  @Column('integer', { name: 'shelf_id', nullable: true, transformer: tenfold }) shelfId!: number | null
  @ManyToOne(() => Shelf, shelf => shelf.scaled) @JoinColumn({ name: 'shelf_id' }) shelf!: Shelf
}

@Repository(Shelf)
class Shelves extends CrudRepository<Shelf> {}

const LISTS = ['plain', 'declared', 'hidden', 'scaled'] as const

describe.each(ENGINES)('lists by the columns that refer to their owners on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Shelf, Plain, Declared, Hidden, Scaled],
    components: [Shelves],
  }))

  beforeEach(async () => {
    await db.query('INSERT INTO owned_shelf (id) VALUES (1), (2), (3)')
    // Not one behind the other, one without an owner, and one owner without members.
    for (const list of LISTS)
      await db.query(`INSERT INTO owned_${list} (id, shelf_id) VALUES (10, 2), (11, 1), (12, 2), (13, NULL), (14, 1)`)
    db.log.clear()
  })

  it.each(LISTS)('fills those of %s entities as TypeORM does', async list => {
    const found = await running.app.get(Shelves).findMany(undefined, { sort: Sort.by<Shelf>('id'), relations: [list] })
    const members = found.map(shelf => shelf[list].map(({ id }) => id))
    const order = { id: 'ASC', [list]: { id: 'ASC' } } as const
    const stock = await running.app
      .get(DataSource)
      .getRepository(Shelf)
      .find({ order, relations: { [list]: true } })
    expect(members).toEqual([[11, 14], [10, 12], []])
    expect(found).toEqual(stock)
  })

  it.each([
    ['plain', 'entity_shelf_id'],
    ['declared', 'entity_shelf_id'],
    ['hidden', 'ambit_owner_0'],
    ['scaled', 'entity_shelf_id'],
  ] as const)('asks for the owner of %s entities once, as %s', async (list, name) => {
    await running.app.get(Shelves).findMany(undefined, { relations: [list] })
    const text = db.log.texts.find(each => each.includes(`"owned_${list}"`)) ?? ''
    const [selected = ''] = text.split(' FROM ')
    expect(selected.match(/"shelf_id" AS "\w+"/g)).toEqual([`"shelf_id" AS "${name}"`])
  })
})
