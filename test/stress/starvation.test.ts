import { type Application, bootstrap, transactional } from 'ambit'
import { DataSource } from 'typeorm'
import { committed, Note, NoteRepository, write } from '../acceptance/notes'
import { type EngineDatabase, ENGINES, expectClean, silentLogger } from '../support/engines'

// More callers than connections: nobody hangs, and where nobody has to fail, nobody does.

const postgres = ENGINES.filter(({ oneWriter }) => !oneWriter)

describe.each(postgres)('few connections on $name', engine => {
  let db: EngineDatabase
  let app: Application
  beforeEach(async () => {
    db = await engine.create()
  })
  afterEach(async () => {
    await expectClean(db, app)
    await app.close()
    await db.drop()
  })
  const start = async (poolSize: number): Promise<void> => {
    app = await bootstrap({
      database: { ...db.settings, poolSize },
      entities: [Note],
      components: [NoteRepository],
      logger: silentLogger,
      waitTimeoutMs: 30_000,
    })
  }

  it('M12: 64 callers that call REQUIRES_NEW in their transaction share a pool of ten without an error', async () => {
    await start(10)
    const caller = (_: unknown, index: number): Promise<void> =>
      transactional({}, async () => {
        await write(`outer ${index}`)
        await transactional({ propagation: 'REQUIRES_NEW' }, () => write(`inner ${index}`))
        await write(`outer ${index} again`)
      })
    await Promise.all(Array.from({ length: 64 }, caller))
    expect(await committed(db)).toHaveLength(3 * 64)
    const { master } = app.get(DataSource).driver as unknown as { master: { totalCount: number } }
    expect(master.totalCount).toBeLessThanOrEqual(10)
  })

  it.each([1, 2])(
    'wide and deep trees share a pool of %d: statements, savepoints and participants side by side',
    async poolSize => {
      await start(poolSize)
      const branch = (name: string, depth: number): Promise<void> =>
        transactional({ propagation: depth % 2 === 0 ? 'REQUIRED' : 'NESTED' }, async () => {
          await write(name)
          if (depth === 0) return
          await Promise.all([1, 2, 3].map(each => branch(`${name}.${each}`, depth - 1)))
        })
      await Promise.all(Array.from({ length: 12 }, (_, index) => branch(`t${index}`, 2)))
      expect(await committed(db)).toHaveLength(12 * (1 + 3 + 9))
    },
  )

  it('on a pool of two, REQUIRES_NEW in parallel branches works its way through one connection', async () => {
    await start(2)
    await transactional({}, async () => {
      await write('outer')
      const inner = (_: unknown, index: number): Promise<void> =>
        transactional({ propagation: 'REQUIRES_NEW' }, () => write(`inner ${index}`))
      await Promise.all(Array.from({ length: 16 }, inner))
    })
    expect(await committed(db)).toHaveLength(17)
  })

  it('on a pool of one, each REQUIRES_NEW behind a write is refused at once, and all others come through', async () => {
    await start(1)
    const caller = (_: unknown, index: number): Promise<string> =>
      transactional({}, async () => {
        await write(`outer ${index}`)
        return transactional({ propagation: 'REQUIRES_NEW' }, () => write(`inner ${index}`)).then(
          () => 'stored',
          (error: unknown) => (error as { code: string }).code,
        )
      })
    const told = await Promise.all(Array.from({ length: 16 }, caller))
    expect(told).toEqual(Array(16).fill('AMBIT_DATA_SOURCE_POOL_STARVATION'))
    expect(await committed(db)).toHaveLength(16)
  })
})
