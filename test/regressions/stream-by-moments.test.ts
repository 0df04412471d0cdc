import { CrudRepository, Repository, Sort, transactional } from 'ambit'
import { AfterLoad, Column, Entity, ManyToOne, PrimaryColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// A stream of entities that TypeORM loads finds them by their keys, a batch at a time. Moments were put into Dates on the way:
// what had more digits, or was written in another way, was not found, and the stream ended without a row or an error.

@Entity('moment_place')
class Place {
  @PrimaryColumn() id!: number
}

@Entity('moment_plain')
class Plain {
  @PrimaryColumn() sensor!: number
  @PrimaryColumn() at!: Date
  @Column() value!: number
}

@Entity('moment_eager')
class Eager {
  @PrimaryColumn() sensor!: number
  @PrimaryColumn() at!: Date
  @Column() value!: number
  @ManyToOne(() => Place, { eager: true }) place!: Place | null
}

@Entity('moment_heard')
class Heard {
  @PrimaryColumn() at!: Date
  @Column() value!: number
  @AfterLoad() listen(): void {
    // Its being there is what counts.
  }
}

@Repository(Plain)
class Plains extends CrudRepository<Plain, Pick<Plain, 'sensor' | 'at'>> {}
@Repository(Eager)
class Eagers extends CrudRepository<Eager, Pick<Eager, 'sensor' | 'at'>> {}
@Repository(Heard)
class Heards extends CrudRepository<Heard, Date> {}

/** With more digits than a Date has, and with fewer than TypeORM writes on SQLite. */
const MOMENTS = ['2026-01-01 00:00:00.123456', '2026-01-01 00:00:01', '2026-01-01 00:00:02.5']

describe.each(ENGINES)('a stream of entities by moments on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Place, Plain, Eager, Heard],
    components: [Plains, Eagers, Heards],
  }))

  beforeEach(async () => {
    for (const [value, at] of MOMENTS.entries()) {
      await db.query(`INSERT INTO moment_plain (sensor, at, value) VALUES (1, '${at}', ${value})`)
      await db.query(`INSERT INTO moment_eager (sensor, at, value) VALUES (1, '${at}', ${value})`)
      await db.query(`INSERT INTO moment_heard (at, value) VALUES ('${at}', ${value})`)
    }
  })

  it.each([
    ['alone', (run: () => Promise<void>) => run()],
    ['in a transaction', (run: () => Promise<void>) => transactional({}, run)],
  ])('has every row: %s', async (_, within) => {
    await within(async () => {
      for (const Type of [Plains, Eagers, Heards]) {
        const repository = running.app.get<CrudRepository<Plain>>(Type as never)
        const values: number[] = []
        for await (const { value } of repository.stream(undefined, { sort: Sort.by('value'), fetchSize: 2 }))
          values.push(value)
        expect(values).toEqual([0, 1, 2])
      }
    })
  })

  it('keeps rows of one millisecond apart, where rows are all there is to an entity', async () => {
    await db.query("INSERT INTO moment_plain (sensor, at, value) VALUES (1, '2026-01-01 00:00:00.123457', 3)")
    const values: number[] = []
    for await (const { value } of running.app.get(Plains).stream()) values.push(value)
    expect(values.sort()).toEqual([0, 1, 2, 3])
  })
})
