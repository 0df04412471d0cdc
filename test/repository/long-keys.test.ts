import { CrudRepository, Repository } from 'ambit'
import { AfterLoad, Column, Entity, PrimaryColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

/** Its key is of two columns, and TypeORM loads it. */
@Entity('seat')
class Seat {
  @PrimaryColumn({ type: 'varchar' })
  hall!: string

  @PrimaryColumn({ type: 'integer' })
  place!: number

  @Column({ type: 'varchar', nullable: true })
  guest!: string | null

  loaded = false

  @AfterLoad()
  note(): void {
    this.loaded = true
  }
}

/** The same without a listener. */
@Entity('bench')
class Bench {
  @PrimaryColumn({ type: 'varchar' })
  park!: string

  @PrimaryColumn({ type: 'integer' })
  place!: number
}

@Repository(Seat)
class Seats extends CrudRepository<Seat, { hall: string; place: number }> {}
@Repository(Bench)
class Benches extends CrudRepository<Bench, { park: string; place: number }> {}

const ROWS = 1_200

describe.each(ENGINES)('many keys of two columns on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Seat, Bench], components: [Seats, Benches] }))
  const selects = (): number => db.log.texts.filter(text => text.startsWith('SELECT')).length
  const places = Array.from({ length: ROWS }, (_, place) => place)

  beforeEach(async () => {
    const values = places.map(place => `('h', ${place})`).join(', ')
    await db.query(`INSERT INTO seat (hall, place) VALUES ${values}`)
    await db.query(`INSERT INTO bench (park, place) VALUES ${values}`)
    db.log.clear()
  })

  it('are streamed, however many are fetched together', async () => {
    const found: Seat[] = []
    for await (const seat of running.app.get(Seats).stream(undefined, { fetchSize: 5_000 })) found.push(seat)
    expect(found.map(({ place }) => place).sort((a, b) => a - b)).toEqual(places)
    expect(found.every(({ loaded }) => loaded)).toBe(true)
  })

  it.each([
    ['by TypeORM', () => running.app.get(Seats).findAllById(places.map(place => ({ hall: 'h', place })))],
    ['by statements of ours', () => running.app.get(Benches).findAllById(places.map(place => ({ park: 'h', place })))],
  ])('are found in one statement %s', async (_, find) => {
    const found: { place: number }[] = await find()
    expect(found.map(({ place }) => place).sort((a, b) => a - b)).toEqual(places)
    expect(selects()).toBe(1)
  })

  it('are found in several where one cannot have so many conditions, each once', async () => {
    const keys = Array.from({ length: 11_000 }, (_, at) => ({ park: 'h', place: at % 10_500 }))
    const found = await running.app.get(Benches).findAllById(keys)
    expect(found.map(({ place }) => place).sort((a, b) => a - b)).toEqual(places)
    expect(selects()).toBe(3)
    if (!engine.oneWriter) expect(db.log.texts[0]).toMatch(/^BEGIN.* REPEATABLE READ.* READ ONLY/)
  })

  it('sends nothing for none, and refuses half a key', async () => {
    const benches = running.app.get(Benches)
    expect(await benches.findAllById([])).toEqual([])
    await expect(benches.findAllById([{ park: 'h' } as never])).rejects.toMatchObject({
      code: 'AMBIT_REPOSITORY_NO_ID',
    })
    expect(db.log.commands).toEqual([])
  })
})
