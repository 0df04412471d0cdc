import { bootstrap, type BootstrapOptions, Component, currentTransaction, transactional } from 'ambit'
import type { DataSource } from 'typeorm'
import { ENGINES, engineDatabase, expectClean, silentLogger } from '../support/engines'
import { committed, Note, NoteRepository, NOTES } from './notes'

describe.each(ENGINES)('database initializers on $name', engine => {
  const db = engineDatabase(engine)
  const order: string[] = []
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) }
  const start = async (components: NonNullable<BootstrapOptions['components']>): Promise<void> => {
    const app = await bootstrap({
      database: db.settings,
      ...NOTES,
      components: [...NOTES.components, ...components],
      logger,
    })
    await expectClean(db, app)
    await app.close()
  }
  beforeEach(() => {
    order.length = 0
    warnings.length = 0
  })

  /** A component that only has the method, and perhaps a priority. */
  function initializer(name: string, priority?: unknown) {
    @Component()
    class Initializer {
      readonly priority = priority

      initializeDatabase(): void {
        order.push(name)
      }
    }
    Object.defineProperty(Initializer, 'name', { value: name })
    return Initializer
  }

  it('PS-44 a component is one by its method alone, and is given the data source', async () => {
    const given: DataSource[] = []
    @Component()
    class Seeds {
      constructor(private readonly notes: NoteRepository) {}

      async initializeDatabase(dataSource: DataSource): Promise<void> {
        given.push(dataSource)
        expect(currentTransaction()).toBeUndefined()
        await this.notes.insert({ k: 'by repository' })
        await dataSource.getRepository(Note).insert({ k: 'by data source' })
        await transactional({}, async () => dataSource.manager.insert(Note, { k: 'in a transaction' }))
      }
    }
    await start([Seeds])
    expect(given).toHaveLength(1)
    expect(await committed(db)).toEqual(['by data source', 'by repository', 'in a transaction'])
  })

  it('PS-45 they run in the order of their priority, the lower first', async () => {
    await start([initializer('last', 10), initializer('second'), initializer('first', -100), initializer('third', 0.5)])
    expect(order).toEqual(['first', 'second', 'third', 'last'])
    expect(warnings).toEqual([])
  })

  it('PS-46 they are awaited one after the other while the event loop runs', async () => {
    let ticks = 0
    const timer = setInterval(() => (ticks += 1), 1)
    @Component()
    class Slow {
      readonly priority = 1
      async initializeDatabase(): Promise<void> {
        const before = ticks
        while (ticks === before) await new Promise(resolve => setImmediate(resolve))
        order.push('slow')
      }
    }
    try {
      await start([initializer('after', 2), Slow])
    } finally {
      clearInterval(timer)
    }
    expect(order).toEqual(['slow', 'after'])
  })

  it.each([['soon'], [{}], [NaN], [null]])(
    'PS-47 a priority that is no number (%p) counts as 0, with a warning',
    async odd => {
      await start([initializer('later', 1), initializer('Odd', odd), initializer('sooner', -1)])
      expect(order).toEqual(['sooner', 'Odd', 'later'])
      expect(warnings).toEqual(odd === null ? [] : [expect.stringContaining('Odd')])
    },
  )

  it('PS-44 without a default data source none is called, and each is named', async () => {
    const app = await bootstrap({
      dataSources: { other: db.settings },
      components: [initializer('Unasked')],
      entities: [Note],
      logger,
    })
    await app.close()
    expect([order, warnings]).toEqual([[], [expect.stringContaining('Unasked.initializeDatabase()')]])
  })

  it('PS-44 one that fails stops the start by name, and nothing is left open', async () => {
    @Component()
    class Broken {
      initializeDatabase(): never {
        throw new Error('no seed')
      }
    }
    const failure = await bootstrap({
      database: db.settings,
      ...NOTES,
      components: [...NOTES.components, Broken],
      logger,
    }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'AMBIT_BOOTSTRAP_INITIALIZER', message: expect.stringContaining('Broken') })
    expect(failure).toMatchObject({ cause: new Error('no seed') })
  })
})
