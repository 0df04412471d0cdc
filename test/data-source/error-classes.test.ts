import { CrudRepository, dataSourceToken, Repository, transactional } from 'ambit'
import { asDatabaseError, DatabaseError, ForeignKeyViolationError, SerializationFailureError } from 'ambit/errors'
import { Column, type DataSource, Entity, PrimaryColumn, QueryFailedError } from 'typeorm'
import { engineDatabase, ENGINES, runningApplication } from '../support/engines'
import { gate, postgresWorld, rejection } from './harness'

// Whose call it was says whose error it is: TypeORM's handles throw TypeORM's, repositories and boundaries the catalogue's.

@Entity('part')
class Part {
  @PrimaryColumn({ type: 'int' })
  id!: number

  @Column({ type: 'int', nullable: true })
  whole!: number | null
}

@Repository(Part)
class Parts extends CrudRepository<Part> {}

describe.each(ENGINES)('what the database refuses on $name', engine => {
  const database = engineDatabase(engine)
  const running = runningApplication(database, () => ({ entities: [Part], components: [Parts] }))
  const dataSource = (): DataSource => running.app.get(dataSourceToken('default'))

  beforeEach(async () => {
    for (const text of TABLES) await dataSource().query(text)
  })

  const duplicate = (): Promise<unknown> => dataSource().getRepository(Part).insert({ id: 1 })

  it('at a statement of a handle is a QueryFailedError, also for the caller of the method', async () => {
    await duplicate()
    const seen: unknown[] = []
    const error = await rejection(
      transactional({}, async () => {
        seen.push(await duplicate().catch((thrown: unknown) => thrown))
        throw seen[0]
      }),
    )
    expect(error).toBe(seen[0])
    expect(error).toBeInstanceOf(QueryFailedError)
    expect(asDatabaseError(error)).toMatchObject({ code: 'AMBIT_DATABASE_UNIQUE' })
  })

  it('at a statement of a repository is of the catalogue', async () => {
    const parts = running.app.get(Parts)
    await parts.insert({ id: 1 })
    const error = await rejection(parts.insert({ id: 1 }))
    expect(error).toMatchObject({ code: 'AMBIT_DATABASE_UNIQUE' })
    expect(asDatabaseError(error)).toBe(error)
  })

  const orphan = (): Promise<unknown> => dataSource().getRepository(Part).insert({ id: 2, whole: 99 })

  it('at COMMIT is of the catalogue for a boundary', async () => {
    const error = await rejection(transactional({ label: 'Shop.order' }, orphan))
    expect(error).toBeInstanceOf(ForeignKeyViolationError)
    expect(error.message).toContain('where: Shop.order')
    expect(await database.query('SELECT * FROM part')).toEqual([])
  })

  it.each([
    ['dataSource.transaction()', () => dataSource().transaction(orphan)],
    ['manager.transaction()', () => dataSource().manager.transaction('SERIALIZABLE', orphan)],
  ])("at COMMIT is TypeORM's for %s, the catalogue's its cause", async (_, run) => {
    const error = await rejection(run())
    expect(error).toBeInstanceOf(QueryFailedError)
    expect(error['query']).toBe('COMMIT')
    expect(error.cause).toBeInstanceOf(ForeignKeyViolationError)
    expect(asDatabaseError(error)).toBeInstanceOf(ForeignKeyViolationError)
    expect(JSON.stringify(error)).not.toContain('99')
    expect(await database.query('SELECT * FROM part')).toEqual([])
  })

  it('and is thrown by the callback itself stays what it is', async () => {
    await running.app.get(Parts).insert({ id: 1 })
    const error = await rejection(dataSource().transaction(() => running.app.get(Parts).insert({ id: 1 })))
    expect(error).toBeInstanceOf(DatabaseError)
    expect(asDatabaseError(new Error('no code'))).toBeUndefined()
    expect(asDatabaseError(undefined)).toBeUndefined()
  })
})

const TABLES = [
  'DROP TABLE IF EXISTS part',
  'CREATE TABLE part (id int PRIMARY KEY, whole int REFERENCES part (id) DEFERRABLE INITIALLY DEFERRED)',
]

describe('a serialization failure on PostgreSQL', () => {
  const postgres = postgresWorld({ settings: { poolSize: 3 } })

  /** Two transactions that read what the other one writes; the second to commit is refused. */
  async function writeSkew(end: (work: () => Promise<unknown>) => Promise<unknown>): Promise<Error> {
    const { dataSource } = postgres.world
    await postgres.world.write('a')
    await postgres.world.write('b')
    const [read, committed] = [gate(), gate()]
    const work = (k: string, wait: () => Promise<void>) => async (): Promise<void> => {
      await dataSource.query('SELECT sum(n) FROM note')
      await wait()
      await dataSource.query('UPDATE note SET n = 1 WHERE k = $1', [k])
    }
    const loser = rejection(
      end(
        work('a', async () => {
          read.open()
          await committed.opened
        }),
      ),
    )
    await read.opened
    await transactional(
      { isolation: 'SERIALIZABLE' },
      work('b', () => Promise.resolve()),
    )
    committed.open()
    return loser
  }

  it('is recognised alike wherever it comes from', async () => {
    const boundary = await writeSkew(work => transactional({ isolation: 'SERIALIZABLE' }, work))
    await postgres.world.empty()
    const handle = await writeSkew(work => postgres.world.dataSource.transaction('SERIALIZABLE', work))
    expect(asDatabaseError(boundary)).toBeInstanceOf(SerializationFailureError)
    expect(asDatabaseError(handle)).toBeInstanceOf(SerializationFailureError)
    expect(handle).toBeInstanceOf(QueryFailedError)
  })
})
