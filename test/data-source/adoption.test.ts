import { bootstrap, transactional } from 'ambit'
import { DataSource, type EntityManager } from 'typeorm'
import { createTestDatabase } from '../support/postgres'
import { ENTITIES, Memo, Note, NoteShelf } from './entities'
import { gate, poolOf, postgresDatabase, rejection, StatementLog, Undo, type World } from './harness'

// A DataSource that the user made: what an application does to it while it runs, and what is left of that afterwards.

const postgres = postgresDatabase()

let made: DataSource[] = []
afterEach(async () => {
  for (const dataSource of made) if (dataSource.isInitialized) await dataSource.destroy()
  made = []
})

async function makeDataSource({ initialized = true } = {}): Promise<DataSource & { log: StatementLog }> {
  const log = new StatementLog()
  const dataSource = new DataSource({
    type: 'postgres',
    url: postgres.database.url,
    entities: [...ENTITIES],
    logger: log,
  })
  made.push(dataSource)
  await dataSource.initialize()
  await dataSource.synchronize()
  if (!initialized) await dataSource.destroy()
  log.clear()
  return Object.assign(dataSource, { log })
}

const start = (dataSource: DataSource, name = 'shop'): Promise<World> =>
  postgres.start({ settings: { dataSource }, bootstrap: { name } })

const undone = async (work: () => Promise<unknown>): Promise<void> => {
  const error = await rejection(
    transactional({}, async () => {
      await work()
      throw new Undo()
    }),
  )
  expect(error).toBeInstanceOf(Undo)
}

describe('a DataSource that is initialised already', () => {
  it('is adopted with all the handles that there are', async () => {
    const dataSource = await makeDataSource()
    const handles = {
      manager: dataSource.manager,
      made: dataSource.createEntityManager(),
      notes: dataSource.getRepository(Note),
      shelf: new NoteShelf(Note, dataSource.manager),
    }
    const world = await start(dataSource)
    await undone(async () => {
      await handles.manager.insert(Note, { k: 'a' })
      await handles.made.insert(Note, { k: 'b' })
      await handles.notes.insert({ k: 'c' })
      await handles.shelf.add('d')
      await Memo.create({ text: 'e' }).save()
    })
    expect(await world.rows()).toEqual([])
    expect(dataSource.log.pids).toHaveLength(1)
    await world.assertClean()
  })

  it('is not destroyed by close()', async () => {
    const dataSource = await makeDataSource()
    const world = await start(dataSource)
    await world.app.close()
    expect(dataSource.isInitialized).toBe(true)
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('a manager made before that refuses transaction() inside a scope, where there is no callback to put a frame on', async () => {
    const dataSource = await makeDataSource()
    const early = dataSource.createEntityManager()
    await start(dataSource)
    await undone(async () => {
      expect(await rejection(early.transaction(async () => {}))).toMatchObject({
        code: 'AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION',
      })
    })
    await early.transaction(manager => manager.insert(Note, { k: 'a' }))
    expect(await dataSource.getRepository(Note).countBy({ k: 'a' })).toBe(1)
  })
})

describe('a DataSource that is not initialised yet', () => {
  it('is initialised by the application, connected when needed, and destroyed by close()', async () => {
    const dataSource = await makeDataSource({ initialized: false })
    const world = await start(dataSource)
    expect(dataSource.isInitialized).toBe(true)
    await transactional({}, () => dataSource.manager.insert(Note, { k: 'a' }))
    await world.app.close()
    expect(dataSource.isInitialized).toBe(false)
  })

  it('that was never connected can be given to the next application, and is connected and destroyed by that', async () => {
    const dataSource = await makeDataSource({ initialized: false })
    await (await start(dataSource)).app.close()
    expect(dataSource.isInitialized).toBe(false)
    const world = await start(dataSource)
    await transactional({}, () => dataSource.manager.insert(Note, { k: 'a' }))
    expect(await world.rows()).toEqual(['a'])
    await world.app.close()
    expect(dataSource.isInitialized).toBe(false)
  })

  it('that fails to start an application is as it was before', async () => {
    const dataSource = await makeDataSource({ initialized: false })
    const failing = bootstrap({ database: { dataSource }, components: [class NotAComponent {}] })
    expect(await rejection(failing)).toBeInstanceOf(Error)
    expect(dataSource.isInitialized).toBe(false)
    await dataSource.initialize()
    await dataSource.transaction(manager => manager.insert(Note, { k: 'a' }))
    expect(await dataSource.getRepository(Note).count()).toBe(1)
  })
})

describe('after app.close()', () => {
  it('the handles of a DataSource that lives on are TypeORM’s own again', async () => {
    const dataSource = await makeDataSource()
    const world = await start(dataSource)
    const during = { manager: dataSource.createEntityManager(), notes: dataSource.getRepository(Note) }
    await transactional({}, () => during.notes.insert({ k: 'a' }))
    await world.app.close()
    dataSource.log.clear()
    await dataSource.manager.save(Note, { k: 'b', n: 1 })
    expect(dataSource.log.words).toEqual(['SELECT', 'START TRANSACTION', 'INSERT', 'COMMIT'])
    for (const manager of [dataSource.manager, during.manager, dataSource]) {
      dataSource.log.clear()
      const error = await rejection(
        (manager as EntityManager).transaction(async inner => {
          await inner.insert(Note, { k: 'c' })
          throw new Undo()
        }),
      )
      expect(error).toBeInstanceOf(Undo)
      expect(dataSource.log.words).toEqual(['START TRANSACTION', 'INSERT', 'ROLLBACK'])
    }
    const runner = dataSource.createQueryRunner()
    await runner.startTransaction()
    await runner.query(`INSERT INTO note (k) VALUES ('d')`)
    await runner.commitTransaction()
    await runner.release()
    expect(await world.rows()).toEqual(['a', 'b', 'd'])
    expect(poolOf(dataSource).idleCount).toBe(poolOf(dataSource).totalCount)
  })

  it('the handles of a DataSource that was destroyed say so, in TypeORM’s words', async () => {
    const dataSource = await makeDataSource({ initialized: false })
    const world = await start(dataSource)
    const notes = dataSource.getRepository(Note)
    await notes.find()
    await world.app.close()
    expect((await rejection(notes.find())).message).toMatch(/Driver not Connected/)
    expect((await rejection(dataSource.transaction(async () => {}))).message).toMatch(/Driver not Connected/)
    await dataSource.initialize()
    expect(await notes.find()).toEqual([])
  })

  it('late work of a scope that close() rolled back is refused still, and does not autocommit', async () => {
    const dataSource = await makeDataSource()
    const world = await postgres.start({ settings: { dataSource }, bootstrap: { closeTimeoutMs: 50 } })
    const { opened, open } = gate()
    const begun = gate()
    const outcome = rejection(
      transactional({ label: 'Shop.slow' }, async () => {
        await dataSource.manager.insert(Note, { k: 'a' })
        begun.open()
        await opened
        await dataSource.manager.insert(Note, { k: 'late' })
      }),
    )
    await begun.opened
    expect(await rejection(world.app.close())).toMatchObject({ failures: [{ code: 'AMBIT_TX_FORCED_CLOSE' }] })
    open()
    expect(await outcome).toMatchObject({ code: 'AMBIT_TX_FORCED_CLOSE', method: 'Shop.slow' })
    expect(await world.rows()).toEqual([])
    expect(poolOf(dataSource).idleCount).toBe(poolOf(dataSource).totalCount)
  })

  it('late work of a scope before that is refused still as well', async () => {
    const dataSource = await makeDataSource()
    const world = await start(dataSource)
    const { opened, open } = gate()
    let late: Promise<Error> | undefined
    await transactional({}, async () => {
      late = rejection(opened.then(() => dataSource.manager.insert(Note, { k: 'late' })))
    })
    await world.app.close()
    open()
    expect(await late).toMatchObject({ code: 'AMBIT_TX_ENDED' })
    expect(await world.rows()).toEqual([])
  })
})

describe('a DataSource that one application after another has', () => {
  it('follows the running one, with handles of every age', async () => {
    const dataSource = await makeDataSource()
    const managers: EntityManager[] = [dataSource.manager, dataSource.createEntityManager()]
    for (let round = 0; round < 3; round += 1) {
      const world = await start(dataSource, `round ${round}`)
      managers.push(dataSource.createEntityManager())
      await undone(async () => {
        for (const [at, manager] of managers.entries()) await manager.insert(Note, { k: `${round}.${at}` })
        for (const [at, manager] of managers.entries()) {
          if (at === 1) continue // made before any adoption: refused, see above
          await manager.transaction(inner => inner.insert(Note, { k: `${round}.${at}.nested` }))
        }
      })
      expect(await world.rows()).toEqual([])
      await world.assertClean()
      await world.app.close()
    }
    expect(poolOf(dataSource).totalCount).toBeLessThanOrEqual(2)
  })

  it('does not get slower or deeper with each', async () => {
    const dataSource = await makeDataSource()
    const overrides = (): unknown[] => [
      dataSource.createQueryRunner,
      dataSource.createEntityManager,
      dataSource.manager.transaction,
    ]
    await (await start(dataSource)).app.close()
    const first = overrides()
    for (let round = 0; round < 5; round += 1) await (await start(dataSource)).app.close()
    expect(overrides()).toEqual(first)
    expect(overrides().every((override, at) => override === first[at])).toBe(true)
  })
})

describe('a DataSource that two applications want at once', () => {
  it('is refused to the second, which says why; the first goes on', async () => {
    const dataSource = await makeDataSource()
    const world = await start(dataSource, 'shop')
    const error = await rejection(start(dataSource, 'office'))
    expect(error).toMatchObject({ code: 'AMBIT_DATA_SOURCE_INVALID_SETTINGS' })
    expect(error.message).toContain("its DataSource belongs to the running application 'shop' already")
    await undone(() => dataSource.manager.insert(Note, { k: 'a' }))
    expect(await world.rows()).toEqual([])
  })

  it('is refused to one of two that start at the same time', async () => {
    const dataSource = await makeDataSource({ initialized: false })
    const results = await Promise.allSettled([start(dataSource, 'shop'), start(dataSource, 'office')])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await undone(() => dataSource.manager.insert(Note, { k: 'a' }))
  })

  it('is refused under two names in one application', async () => {
    const dataSource = await makeDataSource()
    const both = bootstrap({ dataSources: { default: { dataSource }, reporting: { dataSource } } })
    expect(await rejection(both)).toMatchObject({ code: 'AMBIT_DATA_SOURCE_INVALID_SETTINGS' })
    // And nothing of the failed start is left on it.
    const world = await start(dataSource)
    await undone(() => dataSource.manager.insert(Note, { k: 'a' }))
    expect(await world.rows()).toEqual([])
  })
})

describe('two applications over two data sources of one database', () => {
  it('do not see each other’s scopes', async () => {
    const [a, b] = [await makeDataSource(), await makeDataSource()]
    const [shop, office] = [await start(a, 'shop'), await start(b, 'office')]
    await rejection(
      shop.app.run(() =>
        transactional({}, async () => {
          await a.manager.insert(Note, { k: 'shop' })
          await office.app.run(() => transactional({}, () => b.manager.insert(Note, { k: 'office' })))
          await b.manager.insert(Note, { k: 'plain' })
          throw new Undo()
        }),
      ),
    )
    expect(await shop.rows()).toEqual(['office', 'plain'])
    await shop.assertClean()
    await office.assertClean()
  })
})

describe('app.close()', () => {
  it('waits for running transactions, and closes the pool', async () => {
    const database = await createTestDatabase()
    try {
      const world = await postgres.start({ database, settings: { schema: 'create' } })
      const { opened, open } = gate()
      const begun = gate()
      const running = transactional({}, async () => {
        await world.write('a')
        begun.open()
        await opened
        await world.write('b')
      })
      await begun.opened
      const closing = world.app.close()
      open()
      await running
      await closing
      expect(await world.rows()).toEqual(['a', 'b'])
      expect(
        await database.query(
          `SELECT 1 FROM pg_stat_activity WHERE application_name = 'ambit_test_app' AND datname = $1`,
          [database.name],
        ),
      ).toEqual([])
    } finally {
      await database.drop()
    }
  })
})
