import { CrudRepository, Repository, Sort } from 'ambit'
import { BeforeInsert, Column, Entity, ManyToOne, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

/** Somebody listens, so TypeORM writes it. */
@Entity('branch')
class Branch {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  name!: string

  @Column({ default: 'low' })
  level!: string

  @BeforeInsert()
  check(): void {
    if (this.name === '') throw new Error('no name')
  }
}

@Entity('folder')
class Folder {
  @PrimaryColumn({ type: 'integer' })
  id!: number

  @Column({ default: 'low' })
  level!: string

  @ManyToOne(() => Folder, { nullable: true })
  parent!: Folder | null
}

/** Nobody does. */
@Entity('plain')
class Plain {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string
}

/** Its key is of two columns, and of the application. */
@Entity('cell')
class Cell {
  @PrimaryColumn({ type: 'varchar' })
  sheet!: string

  @PrimaryColumn({ type: 'integer' })
  place!: number

  @Column({ default: 'low' })
  level!: string

  @BeforeInsert()
  check(): void {
    if (this.sheet === '') throw new Error('no sheet')
  }
}

@Entity('wide')
class Wide {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  name!: string

  @BeforeInsert()
  hear(): void {
    if (this.name === '') throw new Error('no name')
  }
}

/** So many columns that few rows are more than a statement has room for. */
const COLUMNS = Array.from({ length: 40 }, (_, at) => `c${at}`)
for (const name of COLUMNS) Column({ type: 'integer' })(Wide.prototype, name)

const wideRows = (count: number): { name: string }[] =>
  Array.from({ length: count }, (_, at) => ({
    name: `n${at}`,
    ...Object.fromEntries(COLUMNS.map((name, column) => [name, at + column])),
  }))

@Repository(Branch)
class Branches extends CrudRepository<Branch> {}
@Repository(Folder)
class Folders extends CrudRepository<Folder> {}
@Repository(Plain)
class Plains extends CrudRepository<Plain> {}
@Repository(Cell)
class Cells extends CrudRepository<Cell, { sheet: string; place: number }> {}
@Repository(Wide)
class Wides extends CrudRepository<Wide> {}

describe.each(ENGINES)('what TypeORM writes in portions on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Branch, Folder, Plain, Cell, Wide],
    components: [Branches, Folders, Plains, Cells, Wides],
  }))
  const branches = (): Branches => running.app.get(Branches)
  const stored = async (): Promise<Record<string, unknown>> =>
    Object.fromEntries((await db.query('SELECT id, name, level FROM branch')).map(({ name, ...row }) => [name, row]))

  describe.each(['insertAll', 'saveAll'] as const)('by %s', method => {
    it('has the ids and defaults of its rows, whichever of them were given', async () => {
      const made = await branches()[method]([
        { name: 'x' },
        { id: 50, name: 'y', level: 'high' },
        { id: 7, name: 'z' },
        { name: 'w', level: 'top' },
      ])
      expect(made.map(({ name }) => name)).toEqual(['x', 'y', 'z', 'w'])
      // TypeORM leaves the key of a SERIAL column to PostgreSQL.
      if (engine.oneWriter) expect(made.map(({ id }) => id)).toEqual([expect.any(Number), 50, 7, expect.any(Number)])
      expect(Object.fromEntries(made.map(({ name, id, level }) => [name, { id, level }]))).toEqual(await stored())
    })

    it('has the defaults of rows whose keys are the application’s', async () => {
      const cells = running.app.get(Cells)
      const made = await cells[method]([
        { sheet: 'b', place: 2, level: 'high' },
        { sheet: 'b', place: 1 },
        { sheet: 'a', place: 9, level: 'top' },
      ])
      expect(made.map(({ level }) => level)).toEqual(['high', 'low', 'top'])
    })

    it('stores more rows than one statement has room for, all or none', async () => {
      const wides = running.app.get(Wides)
      // SQLite takes fewer values, and inserts each row by a statement of its own anyway.
      const count = !engine.oneWriter ? 1_700 : method === 'saveAll' ? 800 : 20
      const rows = wideRows(count)
      const failed = wides[method]([...rows, { ...rows[0] }])
      await expect(failed).rejects.toMatchObject({ code: 'AMBIT_DATABASE_UNIQUE' })
      expect(await wides.count()).toBe(0)
      const made = await wides[method](rows)
      expect(await wides.count()).toBe(count)
      expect(await wides.findById(made.at(-1)?.id ?? 0)).toEqual(made.at(-1))
    }, 60_000)
  })

  it('upserts more rows than one statement has room for, all or none', async () => {
    const wides = running.app.get(Wides)
    const count = engine.oneWriter ? 20 : 1_700
    const rows = wideRows(count)
    await wides.insertAll(rows.slice(3, 5))
    const failed = wides.upsertAll([...rows, { ...rows[0], name: 'last', c0: null } as never], ['name'])
    await expect(failed).rejects.toMatchObject({ code: 'AMBIT_DATABASE_INTEGRITY' })
    expect(await wides.count()).toBe(2)
    const made = await wides.upsertAll(rows, ['name'])
    expect(await wides.count()).toBe(count)
    expect(await wides.findById(made[4]?.id ?? 0)).toEqual(made[4])
  }, 60_000)

  it('saves new entities whose key was given, and those that nobody listens to, by their own ids', async () => {
    const plains = running.app.get(Plains)
    const [old] = await plains.saveAll([{ name: 'old' }])
    const made = await plains.saveAll([
      { id: 50, name: 'y' },
      { ...old, name: 'changed' },
      { name: 'x' },
      { id: 7, name: 'z' },
    ])
    if (engine.oneWriter) expect(made.map(({ id }) => id)).toEqual([50, old?.id, expect.any(Number), 7])
    expect((await plains.findAll()).map(({ id, name }) => [id, name]).sort()).toEqual(
      made.map(({ id, name }) => [id, name]).sort(),
    )
  })

  it('saves what others refer to before them, by the object or by its key', async () => {
    const folders = running.app.get(Folders)
    const root = Object.assign(new Folder(), { id: 60 })
    const child = Object.assign(new Folder(), { id: 20, parent: { id: 60 } })
    const leaf = Object.assign(new Folder(), { id: 10, parent: child })
    const top = Object.assign(new Folder(), { id: 5, parent: leaf })
    expect(await folders.saveAll([top, leaf, child, root])).toEqual([top, leaf, child, root])
    expect(await db.query('SELECT id, "parentId" AS parent, level FROM folder ORDER BY id')).toEqual([
      { id: 5, parent: 10, level: 'low' },
      { id: 10, parent: 20, level: 'low' },
      { id: 20, parent: 60, level: 'low' },
      { id: 60, parent: null, level: 'low' },
    ])
  })

  it('saves 1,100 entities with keys of two columns', async () => {
    const cells = running.app.get(Cells)
    const values = Array.from({ length: 1_100 }, (_, place) => `('a', ${place})`)
    await db.query(`INSERT INTO cell (sheet, place) VALUES ${values.join(', ')}`)
    const stored = await cells.findAll(Sort.by('place'))
    await cells.saveAll(stored.map((cell, at) => (at === 1_099 ? Object.assign(cell, { level: 'high' }) : cell)))
    expect(await db.query("SELECT place FROM cell WHERE level = 'high'")).toEqual([{ place: 1_099 }])
    expect(await cells.count()).toBe(1_100)
  })
})
