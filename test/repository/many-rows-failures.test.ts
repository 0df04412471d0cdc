import { CrudRepository, Repository, transactional } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { until } from '../support/until'

// Many rows in one statement, whose keys come straight from it: what is left where that does not come to its end.

@Entity('parcel')
class Parcel {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ unique: true })
  label!: string

  @Column('bigint')
  weight!: bigint
}

@Repository(Parcel)
class Parcels extends CrudRepository<Parcel> {}

const parcels = (prefix: string, count = 300): Parcel[] =>
  Array.from({ length: count }, (_, at) =>
    Object.assign(new Parcel(), { label: `${prefix} "${String(at)}" {,} \\`, weight: BigInt(at) }),
  )

describe.each(ENGINES)('many new rows on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    database: { ...db.settings, ...(!engine.oneWriter && { poolSize: 1 }) },
    entities: [Parcel],
    components: [Parcels],
  }))
  const repository = (): Parcels => running.app.get(Parcels)
  const stored = (): Promise<{ id: number; label: string }[]> => db.query('SELECT id, label FROM parcel ORDER BY id')
  const keysOf = (all: readonly Parcel[]): unknown[] => [...new Set(all.map(({ id }) => id))]

  it('of parallel branches get the keys of their own rows', async () => {
    const [first, second] = [parcels('a'), parcels('b')]
    await transactional({}, () => Promise.all([repository().saveAll(first), repository().saveAll(second)]))
    const all = [...first, ...second].sort((one, other) => one.id - other.id)
    expect(await stored()).toEqual(all.map(({ id, label }) => ({ id, label })))
  })

  it('of a branch that fails take those of its sibling with them, and all keys go back', async () => {
    const [first, second, third] = [parcels('a'), parcels('b'), parcels('b')]
    const work = transactional({}, async () => {
      const branches = await Promise.allSettled([first, second, third].map(branch => repository().saveAll(branch)))
      expect(branches.map(({ status }) => status)).toContain('rejected')
    })
    await expect(work).rejects.toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
    expect(await stored()).toEqual([])
    expect(keysOf([...first, ...second, ...third])).toEqual([undefined])
  })

  if (!engine.oneWriter)
    it('of a killed connection are not stored, have no keys, and a pool of one goes on', async () => {
      const all = parcels('a')
      await db.query('INSERT INTO parcel (label, weight) VALUES ($$other$$, 0)')
      const refused = transactional({}, async () => {
        await repository().saveAll(all)
        await repository().orm.query('SELECT pg_terminate_backend(pg_backend_pid())')
      })
      await expect(refused).rejects.toBeInstanceOf(Error)
      expect(keysOf(all)).toEqual([undefined])
      await until('the pool has noticed', async () => {
        const saved = await repository()
          .saveAll(parcels('b'))
          .catch(() => undefined)
        return saved !== undefined
      })
      expect(await stored()).toHaveLength(301)
      expect(await db.leftovers(running.app, 'default')).toEqual({ checkedOut: 0, waiting: 0, openTransactions: 0 })
    })
})
