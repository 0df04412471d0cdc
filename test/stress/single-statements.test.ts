import { type Application, bootstrap, CrudRepository, Query, Repository } from 'ambit'
import { CommitOutcomeUnknownError } from 'ambit/errors'
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm'
import { PIPELINE, WIRE } from '../data-source/postgres/tiers'
import { silentLogger } from '../support/engines'
import { createTestDatabase, type TestDatabase } from '../support/postgres'

// Calls of repositories outside every transaction: on the wire tier reads that share a round trip when the pool is full, and
// writes whose COMMIT travels with them. Sixteen callers, while somebody kills their connections, idle ones too.

const APPLICATION = 'ambit_test_singles'
const CALLERS = 16
const CALLS = 40
const CALLS_PER_KILL = 12

@Entity('parcel')
class Parcel {
  @PrimaryColumn()
  id!: number

  @Column()
  place!: string
}

@Repository(Parcel)
class Parcels extends CrudRepository<Parcel> {
  @Query()
  declare countByPlace: (place: string) => Promise<number>
}

interface Told {
  readonly stored: number[]
  readonly failed: number[]
  readonly unknown: number[]
  /** Reads that answered, and what was wrong with an answer. */
  reads: number
  readonly wrong: string[]
  calls: number
  kills: number
}

describe.each([
  { ...WIRE, poolSize: 1 },
  { ...WIRE, poolSize: 3 },
  { ...PIPELINE, poolSize: 3 },
])('single statements on a pool of $poolSize, $tier tier, whose connections are killed', ({ poolSize, typeorm }) => {
  let database: TestDatabase
  let app: Application
  beforeEach(async () => {
    database = await createTestDatabase()
    app = await bootstrap({
      database: { url: database.url, schema: 'create', poolSize, applicationName: APPLICATION, typeorm },
      entities: [Parcel],
      components: [Parcels],
      logger: silentLogger,
    })
    await database.query(`INSERT INTO parcel VALUES (0, 'here')`)
    // A write takes a moment, so that some are killed before their COMMIT and some behind it.
    await database.query(`CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END'`)
    await database.query(
      'CREATE CONSTRAINT TRIGGER late AFTER INSERT ON parcel DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION linger()',
    )
  })
  afterEach(async () => {
    await app.close()
    await database.drop()
  })

  async function write(parcels: Parcels, id: number, told: Told): Promise<void> {
    try {
      await parcels.insert({ id, place: 'there' })
      told.stored.push(id)
    } catch (error) {
      if (error instanceof CommitOutcomeUnknownError) told.unknown.push(id)
      else told.failed.push(id)
    }
  }

  async function read(parcels: Parcels, told: Told): Promise<void> {
    const [one, count] = await Promise.allSettled([parcels.findById(0), parcels.countByPlace('here')])
    if (one.status === 'fulfilled' && one.value?.place !== 'here') told.wrong.push(JSON.stringify(one.value))
    if (count.status === 'fulfilled' && count.value !== 1) told.wrong.push(String(count.value))
    told.reads += [one, count].filter(({ status }) => status === 'fulfilled').length
  }

  /** Every so many calls somebody kills one connection, while the other callers go on. */
  async function caller(number: number, told: Told): Promise<void> {
    const parcels = app.get(Parcels)
    for (let call = 1; call <= CALLS; call += 1) {
      await (call % 2 === 0 ? write(parcels, number * 1_000 + call, told) : read(parcels, told))
      told.calls += 1
      if (told.calls % CALLS_PER_KILL === 0) await kill(told)
    }
  }

  async function kill(told: Told): Promise<void> {
    const killed = await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN (SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = '${APPLICATION}' ORDER BY random() LIMIT 1)`,
    )
    told.kills += killed.length
  }

  it('answer each call, and tell the truth about each write', async () => {
    const told: Told = { stored: [], failed: [], unknown: [], reads: 0, wrong: [], calls: 0, kills: 0 }
    await Promise.all(Array.from({ length: CALLERS }, (_, number) => caller(number + 1, told)))
    expect(told.kills).toBeGreaterThan(10)
    expect(told.wrong).toEqual([])
    expect(told.reads).toBeGreaterThan(0)
    expect(told.stored.length + told.failed.length + told.unknown.length).toBe((CALLERS * CALLS) / 2)

    const rows = await database.query<{ id: number }>('SELECT id FROM parcel WHERE id > 0')
    const stored = new Set(rows.map(({ id }) => id))
    expect(told.stored.filter(id => !stored.has(id))).toEqual([])
    expect(told.failed.filter(id => stored.has(id))).toEqual([])

    expect(await app.get(Parcels).countByPlace('here')).toBe(1)
    const { master: pool } = app.get(DataSource).driver as unknown as { master: Record<string, number> }
    expect({ idle: pool['idleCount'], waiting: pool['waitingCount'] }).toEqual({ idle: pool['totalCount'], waiting: 0 })
  })
})
