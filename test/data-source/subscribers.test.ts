import { afterCommit, beforeCommit, Transactional, transactional } from 'ambit'
import type { EntitySubscriberInterface, QueryRunner } from 'typeorm'
import { Note } from './entities'
import { postgresWorld, rejection, Undo } from './harness'

// TypeORM's subscribers: what they are told, in which order, and that their own statements belong to the transaction.

const postgres = postgresWorld({ bootstrap: { waitTimeoutMs: 1_000 } })

const added: EntitySubscriberInterface[] = []

/** Registers a subscriber as components do it: on the running data source, when they are built. */
function subscribe<S extends EntitySubscriberInterface>(subscriber: S): S {
  postgres.world.dataSource.subscribers.push(subscriber)
  added.push(subscriber)
  return subscriber
}

afterEach(() => {
  const { subscribers } = postgres.world.dataSource
  for (const subscriber of added.splice(0)) subscribers.splice(subscribers.indexOf(subscriber), 1)
})

type Event =
  | 'beforeTransactionStart'
  | 'afterTransactionStart'
  | 'beforeTransactionCommit'
  | 'afterTransactionCommit'
  | 'beforeTransactionRollback'
  | 'afterTransactionRollback'

const EVENTS: readonly Event[] = [
  'beforeTransactionStart',
  'afterTransactionStart',
  'beforeTransactionCommit',
  'afterTransactionCommit',
  'beforeTransactionRollback',
  'afterTransactionRollback',
]

/** Notes the transaction events in the statement log itself, so that their place among statements shows. */
function logEvents(): void {
  const note = (name: Event) => () => postgres.world.log.logQuery(`-- ${name}`)
  subscribe(Object.fromEntries(EVENTS.map(name => [name, note(name)])) as EntitySubscriberInterface)
}

const insert = (k: string): Promise<unknown> => postgres.world.dataSource.query('INSERT INTO note (k) VALUES ($1)', [k])

/** What was logged, events in words. */
const seen = (): string[] =>
  postgres.world.log.texts.map(text => (text.startsWith('-- ') ? text.slice(3) : (text.split(' ', 1)[0] ?? '')))

describe('the transaction events', () => {
  it('come once, around BEGIN and COMMIT', async () => {
    logEvents()
    await transactional({}, async () => {
      await insert('a')
      await insert('b')
    })
    expect(seen()).toEqual([
      'beforeTransactionStart',
      'BEGIN',
      'afterTransactionStart',
      'INSERT',
      'INSERT',
      'beforeTransactionCommit',
      'COMMIT',
      'afterTransactionCommit',
    ])
  })

  it('come once, around BEGIN and behind ROLLBACK', async () => {
    logEvents()
    await rejection(
      transactional({}, async () => {
        await insert('a')
        throw new Undo()
      }),
    )
    expect(seen()).toEqual([
      'beforeTransactionStart',
      'BEGIN',
      'afterTransactionStart',
      'INSERT',
      'ROLLBACK',
      'beforeTransactionRollback',
      'afterTransactionRollback',
    ])
  })

  it('come once for a transaction that many joined, with savepoints and save()s in it', async () => {
    logEvents()
    class Shop {
      @Transactional()
      async order(): Promise<void> {
        await this.line('a')
        await transactional({ propagation: 'NESTED' }, () => this.line('b'))
        await postgres.world.dataSource.transaction(() => this.line('c'))
        await postgres.world.dataSource.manager.save(Note, { k: 'd', n: 1 })
      }

      @Transactional()
      async line(k: string): Promise<void> {
        await insert(k)
      }
    }
    await new Shop().order()
    const events = seen().filter(word => word.includes('Transaction'))
    expect(events).toEqual([
      'beforeTransactionStart',
      'afterTransactionStart',
      'beforeTransactionCommit',
      'afterTransactionCommit',
    ])
  })

  it('do not come for a transaction that runs no statement', async () => {
    logEvents()
    await transactional({}, async () => {})
    await rejection(transactional({}, () => Promise.reject(new Undo())))
    expect(seen()).toEqual([])
  })

  it('come for each of two transactions, one inside the other', async () => {
    logEvents()
    await transactional({}, async () => {
      await insert('a')
      await transactional({ propagation: 'REQUIRES_NEW' }, () => insert('b'))
    })
    expect(seen()).toEqual([
      'beforeTransactionStart',
      'BEGIN',
      'afterTransactionStart',
      'INSERT',
      'beforeTransactionStart',
      'BEGIN',
      'afterTransactionStart',
      'INSERT',
      'beforeTransactionCommit',
      'COMMIT',
      'afterTransactionCommit',
      'beforeTransactionCommit',
      'COMMIT',
      'afterTransactionCommit',
    ])
  })

  it('keep their place beside our own hooks: before COMMIT, and behind it', async () => {
    logEvents()
    const { log } = postgres.world
    await transactional({}, async () => {
      beforeCommit(() => log.logQuery('-- beforeCommit'))
      afterCommit(() => log.logQuery('-- afterCommit'))
      await insert('a')
    })
    const words = seen()
    expect(words.slice(words.indexOf('INSERT') + 1, words.indexOf('COMMIT'))).toEqual([
      'beforeCommit',
      'beforeTransactionCommit',
    ])
    expect(words.slice(words.indexOf('COMMIT') + 1).sort()).toEqual(['afterCommit', 'afterTransactionCommit'])
  })

  it('come before COMMIT also where only a hook sends a statement', async () => {
    logEvents()
    await transactional({}, async () => {
      beforeCommit(() => insert('a'))
    })
    expect(seen()).toEqual([
      'beforeTransactionStart',
      'BEGIN',
      'afterTransactionStart',
      'INSERT',
      'beforeTransactionCommit',
      'COMMIT',
      'afterTransactionCommit',
    ])
  })

  it('may run statements: after BEGIN and before COMMIT they are in the transaction', async () => {
    const { database } = postgres.world
    subscribe({
      afterTransactionStart: async ({ queryRunner }: { queryRunner: QueryRunner }) => {
        await queryRunner.query(`SET LOCAL application_name = 'told'`)
      },
      beforeTransactionCommit: async ({ queryRunner }: { queryRunner: QueryRunner }) => {
        await queryRunner.manager.insert(Note, { k: 'last' })
        expect(await database.query(`SELECT k FROM note`)).toEqual([])
      },
    })
    const name = await transactional({}, async () => {
      await insert('a')
      return postgres.world.dataSource.query('SHOW application_name')
    })
    expect(name).toEqual([{ application_name: 'told' }])
    expect(postgres.world.log.pids).toHaveLength(1)
    expect(await postgres.world.rows()).toEqual(['a', 'last'])
  })

  it('may run statements before BEGIN: they begin the transaction themselves, and once', async () => {
    let told = 0
    subscribe({
      beforeTransactionStart: async ({ queryRunner }: { queryRunner: QueryRunner }) => {
        told += 1
        await queryRunner.query(`INSERT INTO note (k) VALUES ('early')`)
      },
    })
    await rejection(
      transactional({ isolation: 'SERIALIZABLE' }, async () => {
        await insert('a')
        throw new Undo()
      }),
    )
    expect(told).toBe(1)
    expect(await postgres.world.rows()).toEqual([])
    expect(postgres.world.log.texts.filter(text => text.startsWith('BEGIN'))).toHaveLength(1)
  })

  it('an error before BEGIN fails the statement, and nothing is begun', async () => {
    subscribe({ beforeTransactionStart: () => Promise.reject(new Error('not today')) })
    const error = await rejection(transactional({}, () => insert('a')))
    expect(error.message).toBe('not today')
    expect(postgres.world.log.texts).toEqual([])
  })

  it('an error before COMMIT rolls back, and the caller gets it', async () => {
    subscribe({ beforeTransactionCommit: () => Promise.reject(new Error('not today')) })
    const error = await rejection(transactional({}, () => insert('a')))
    expect(error.message).toBe('not today')
    expect(await postgres.world.rows()).toEqual([])
  })

  it('an error after COMMIT goes to the error listener: the work is stored, and the call succeeds', async () => {
    subscribe({ afterTransactionCommit: () => Promise.reject(new Error('too late')) })
    await transactional({}, () => insert('a'))
    expect(await postgres.world.rows()).toEqual(['a'])
    expect(postgres.world.reports).toMatchObject([
      { code: 'AMBIT_TX_AFTER_COMMIT', committed: true, cause: { message: 'too late' } },
    ])
  })
})

describe('entity events', () => {
  it('are given a manager and a runner of the transaction, whose statements are in it', async () => {
    const { dataSource } = postgres.world
    const places: unknown[] = []
    subscribe({
      listenTo: () => Note,
      beforeInsert: async ({ queryRunner, entity }: { queryRunner: QueryRunner; entity: Note }) => {
        places.push(...((await queryRunner.query('SELECT pg_current_xact_id()::text AS txid')) as unknown[]))
        entity.n = 7
      },
      afterInsert: async ({ manager, entity }) => {
        if (entity.k === 'a') await manager.save(Note, { k: 'echo', n: 1 })
        places.push(...(await manager.query<unknown[]>('SELECT pg_current_xact_id()::text AS txid')))
      },
    })
    await transactional({}, async () => {
      await dataSource.manager.save(Note, { k: 'a', n: 1 })
    })
    expect(new Set(places.map(place => JSON.stringify(place))).size).toBe(1)
    expect(await postgres.world.rows()).toEqual(['a', 'echo'])
    await rejection(
      transactional({}, async () => {
        await dataSource.manager.save(Note, { k: 'b', n: 1 })
        throw new Undo()
      }),
    )
    expect(await postgres.world.rows()).toEqual(['a', 'echo'])
  })

  it('may register hooks and call transactional methods: they join', async () => {
    const { dataSource } = postgres.world
    const told: string[] = []
    subscribe({
      listenTo: () => Note,
      afterInsert: async ({ entity }) => {
        if (entity.k === 'a') await transactional({ propagation: 'MANDATORY' }, () => insert('joined'))
        afterCommit(() => told.push(entity.k))
      },
    })
    await transactional({}, () => dataSource.manager.save(Note, { k: 'a', n: 1 }))
    expect([told, await postgres.world.rows()]).toEqual([['a'], ['a', 'joined']])
  })
})

describe('query events', () => {
  it('an afterQuery subscriber may run statements: in the transaction, and without a hang', async () => {
    let depth = 0
    subscribe({
      afterQuery: async ({ queryRunner, query }: { queryRunner: QueryRunner; query: string }) => {
        if (depth > 0 || !query.startsWith('INSERT')) return
        depth += 1
        await queryRunner.query(`INSERT INTO note (k) VALUES ('echo')`)
        depth -= 1
      },
    })
    await transactional({}, () => insert('a'))
    expect(postgres.world.log.pids).toHaveLength(1)
    expect(await postgres.world.rows()).toEqual(['a', 'echo'])
  })

  it('a beforeQuery subscriber may run statements before the first of all: BEGIN is sent once', async () => {
    let depth = 0
    subscribe({
      beforeQuery: async ({ queryRunner, query }: { queryRunner: QueryRunner; query: string }) => {
        if (depth > 0 || !query.startsWith('INSERT')) return
        depth += 1
        await queryRunner.query(`SELECT set_config('ambit.user', 'ann', true)`)
        depth -= 1
      },
    })
    const [row] = await transactional({ isolation: 'SERIALIZABLE' }, async () => {
      await insert('a')
      return postgres.world.dataSource.query<unknown[]>(`SELECT current_setting('ambit.user') AS "user"`)
    })
    expect(row).toEqual({ user: 'ann' })
    expect(postgres.world.log.texts.filter(text => text.startsWith('BEGIN'))).toEqual([
      'BEGIN ISOLATION LEVEL SERIALIZABLE',
    ])
    expect(await postgres.world.rows()).toEqual(['a'])
  })

  it('keep the subscriber’s statements apart from siblings that wait for the turn', async () => {
    let told = 0
    subscribe({
      afterQuery: async ({ queryRunner, query }: { queryRunner: QueryRunner; query: string }) => {
        if (!query.includes('note')) return
        told += 1
        await queryRunner.query('SELECT 1')
      },
    })
    await transactional({}, () => Promise.all(['a', 'b', 'c', 'd'].map(insert)))
    expect(told).toBe(4)
    expect(await postgres.world.rows()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('an error in afterQuery fails the statement', async () => {
    subscribe({
      afterQuery: ({ query }: { query: string }) => {
        if (query.startsWith('INSERT')) return Promise.reject(new Error('not this one'))
        return undefined
      },
    })
    expect((await rejection(transactional({}, () => insert('a')))).message).toBe('not this one')
    expect(await postgres.world.rows()).toEqual([])
  })

  it('are told of statements in the order of the log', async () => {
    const { log } = postgres.world
    const told: string[] = []
    subscribe({ beforeQuery: ({ query }: { query: string }) => void told.push(query) })
    await transactional({}, async () => {
      await insert('a')
      await transactional({ propagation: 'NESTED' }, () => insert('b'))
    })
    expect(told).toEqual(log.texts.filter(text => text.startsWith('INSERT')))
  })
})
