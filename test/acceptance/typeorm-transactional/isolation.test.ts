import { transactional } from 'ambit'
import { Note } from '../../data-source/entities'
import { ENGINES } from '../../support/engines'
import { ORIGINS, words, worldOn } from '../orm-world'

const on = (name: string) =>
  ENGINES.filter(engine => engine.name === name).flatMap(engine => ORIGINS.map(origin => ({ engine, origin })))

const INSERT = "INSERT INTO note (k) VALUES ('elsewhere')"

describe.each(on('PostgreSQL'))('isolation on PostgreSQL, DataSource $origin', ({ engine, origin }) => {
  const world = worldOn(engine, origin)
  const count = (): Promise<number> => world.dataSource.getRepository(Note).count()

  it.each([
    ['TT-24 READ COMMITTED sees', 'READ COMMITTED', 1],
    ['TT-25 REPEATABLE READ does not see', 'REPEATABLE READ', 0],
    ['TT-25 SERIALIZABLE does not see', 'SERIALIZABLE', 0],
  ] as const)('%s a row that was committed elsewhere in between', async (_, isolation, then) => {
    const counts = await transactional({ isolation }, async () => {
      const before = await count()
      await world.db.query(INSERT)
      return [before, await count()]
    })
    expect(counts).toEqual([0, then])
    expect(world.db.log.texts[0]).toBe(`BEGIN ISOLATION LEVEL ${isolation}`)
    expect(await count()).toBe(1)
  })

  it('TT-24 the same beside a transaction of the same application', async () => {
    const counts = await transactional({ isolation: 'READ COMMITTED' }, async () => {
      const before = await count()
      await transactional({ propagation: 'REQUIRES_NEW' }, () =>
        world.dataSource.getRepository(Note).insert({ k: 'elsewhere' }),
      )
      return [before, await count()]
    })
    expect(counts).toEqual([0, 1])
  })
})

describe.each(on('SQLite'))('isolation on SQLite, DataSource $origin', ({ engine, origin }) => {
  const world = worldOn(engine, origin)
  const count = (): Promise<number> => world.dataSource.getRepository(Note).count()

  it.each([
    ['TT-24', 'READ COMMITTED'],
    ['TT-25', 'REPEATABLE READ'],
    ['TT-25', 'SERIALIZABLE'],
  ] as const)(
    '%s SQLite gives %s the stronger guarantee: a read-only transaction keeps its snapshot',
    async (_, isolation) => {
      const counts = await transactional({ isolation, readOnly: true }, async () => {
        const before = await count()
        await world.db.query(INSERT)
        return [before, await count()]
      })
      expect(counts).toEqual([0, 0])
      expect(await count()).toBe(1)
    },
  )

  it.each([
    ['TT-24', 'READ COMMITTED'],
    ['TT-25', 'REPEATABLE READ'],
  ] as const)(
    '%s SQLite gives %s the stronger guarantee: beside a read-write transaction nobody commits',
    async (_, isolation) => {
      await transactional({ isolation }, async () => {
        expect(await count()).toBe(0)
        await expect(world.db.query(INSERT)).rejects.toMatchObject({ code: 'SQLITE_BUSY' })
        expect(await count()).toBe(0)
      })
      expect(await words(world.db)).toEqual([])
    },
  )

  it('TT-24 SQLite: what an inner REQUIRES_NEW commits is seen by an outer that asked for READ COMMITTED', async () => {
    const counts = await transactional({ isolation: 'READ COMMITTED' }, async () => {
      const before = await count()
      await transactional({ propagation: 'REQUIRES_NEW' }, () => world.dataSource.query(INSERT))
      return [before, await count()]
    })
    expect(counts).toEqual([0, 1])
  })

  it('TT-25 SQLite: an inner REQUIRES_NEW that would be seen by a REPEATABLE READ is refused', async () => {
    await transactional({ isolation: 'REPEATABLE READ' }, async () => {
      expect(await count()).toBe(0)
      const inner = transactional({ propagation: 'REQUIRES_NEW' }, () => world.dataSource.query(INSERT))
      await expect(inner).rejects.toMatchObject({ code: 'AMBIT_SQLITE_NEW_ISOLATED' })
      expect(await count()).toBe(0)
    })
    expect(await words(world.db)).toEqual([])
  })
})
