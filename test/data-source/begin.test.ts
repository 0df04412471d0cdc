import { transactional } from 'ambit'

import { databaseCode } from '../../src/data-source/driver-error'
import { Note } from './entities'
import { postgresWorld, rejection, Undo } from './harness'

// BEGIN travels with the first statement: whatever that statement is, and however it fails.

const postgres = postgresWorld()

const query = (sql: string, parameters?: unknown[]): Promise<unknown> =>
  postgres.world.dataSource.query(sql, parameters)

describe('the first statement of a transaction', () => {
  const answers: Readonly<Record<string, { readonly run: () => Promise<unknown>; readonly answer: unknown }>> = {
    'a select without parameters': { run: () => query('SELECT 1 AS one'), answer: [{ one: 1 }] },
    'a select with parameters': { run: () => query('SELECT $1::int AS one', [1]), answer: [{ one: 1 }] },
    'an insert': { run: () => query(`INSERT INTO note (k) VALUES ('a')`), answer: [] },
    'an insert that returns': {
      run: () => query(`INSERT INTO note (k) VALUES ('a') RETURNING k`),
      answer: [{ k: 'a' }],
    },
    'an update': { run: () => query(`UPDATE note SET n = 2 WHERE k = $1`, ['kept']), answer: [[], 1] },
    'an update of nothing': { run: () => query(`UPDATE note SET n = 2 WHERE k = 'none'`), answer: [[], 0] },
    'a delete': { run: () => query(`DELETE FROM note`), answer: [[], 1] },
    'a structured result': {
      run: async () => {
        const runner = postgres.world.dataSource.createQueryRunner()
        const { raw, records, affected } = await runner.query(`UPDATE note SET n = 2 RETURNING k`, [], true)
        return { raw, records, affected }
      },
      answer: { raw: [[{ k: 'kept' }], 1], records: [{ k: 'kept' }], affected: 1 },
    },
    'a text of several statements': {
      run: () => query(`INSERT INTO note (k) VALUES ('a'); UPDATE note SET n = 3`),
      // TypeORM takes nothing out of several results, with us or without.
      answer: undefined,
    },
    'an empty text': { run: () => query(''), answer: [] },
    'a comment': { run: () => query('-- nothing'), answer: [] },
  }

  beforeEach(() => query(`INSERT INTO note (k) VALUES ('kept')`))

  it.each(Object.keys(answers))('may be %s: its answer is that of the same statement behind another', async name => {
    const { run, answer } = answers[name] ?? { run: () => Promise.reject(new Error('unknown')), answer: undefined }
    const inTransaction = async (before?: () => Promise<unknown>): Promise<unknown> => {
      let seen: unknown
      const error = await rejection(
        transactional({}, async () => {
          await before?.()
          seen = await run()
          throw new Undo()
        }),
      )
      expect(error).toBeInstanceOf(Undo)
      return seen
    }
    expect(await inTransaction()).toEqual(answer)
    expect(await inTransaction(() => query('SELECT 1'))).toEqual(answer)
    expect(await postgres.world.rows()).toEqual(['kept'])
  })

  it('may be a savepoint’s, a lock, a cursor, or LISTEN', async () => {
    await transactional({ propagation: 'NESTED' }, () => query('LISTEN news'))
    await transactional({}, () => query('LOCK TABLE note IN SHARE MODE'))
    await transactional({}, () => query('DECLARE c CURSOR FOR SELECT 1'))
    await query('UNLISTEN *')
  })

  it('is logged behind BEGIN, as it goes over the wire', async () => {
    postgres.world.log.clear()
    await transactional({ isolation: 'SERIALIZABLE', readOnly: true }, () => query('SELECT $1::int', [1]))
    expect(postgres.world.log.texts).toEqual([
      'BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY',
      'SELECT $1::int',
      'COMMIT',
    ])
    expect(postgres.world.log.pids).toHaveLength(1)
  })
})

describe('what BEGIN asks for', () => {
  const settings = async (): Promise<unknown> => {
    const [row] = (await query(
      `SELECT current_setting('transaction_isolation') AS isolation, current_setting('transaction_read_only') AS "readOnly"`,
    )) as unknown[]
    return row
  }

  it.each(['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const)(
    'is confirmed by the server: %s',
    async isolation => {
      const expected = { isolation: isolation.toLowerCase() }
      expect(await transactional({ isolation }, settings)).toEqual({ ...expected, readOnly: 'off' })
      expect(await transactional({ isolation, readOnly: true }, settings)).toEqual({ ...expected, readOnly: 'on' })
    },
  )

  it('is nothing, by default: the server decides', async () => {
    expect(await transactional({}, settings)).toEqual({ isolation: 'read committed', readOnly: 'off' })
  })

  it('does not outlast the transaction on its connection', async () => {
    await transactional({ isolation: 'SERIALIZABLE', readOnly: true }, settings)
    expect(await transactional({}, settings)).toEqual({ isolation: 'read committed', readOnly: 'off' })
    expect(await settings()).toEqual({ isolation: 'read committed', readOnly: 'off' })
  })

  it('a write is refused in a read-only transaction, also as its first statement', async () => {
    const error = await rejection(transactional({ readOnly: true }, () => query(`INSERT INTO note (k) VALUES ('a')`)))
    expect(databaseCode(error)).toBe('25006')
    expect(await postgres.world.rows()).toEqual([])
  })

  it('begin: "eager" is sent before the method runs', async () => {
    const { database, log } = postgres.world
    const seen = await transactional({ begin: 'eager', isolation: 'REPEATABLE READ' }, async () => {
      await database.query(`INSERT INTO note (k) VALUES ('a')`)
      return query('SELECT count(*)::int AS n FROM note')
    })
    expect(seen).toEqual([{ n: 0 }])
    expect(log.words).toEqual(['BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT', 'SELECT', 'COMMIT'])
    const lazy = await transactional({ isolation: 'REPEATABLE READ' }, async () => {
      await database.query(`INSERT INTO note (k) VALUES ('b')`)
      return query('SELECT count(*)::int AS n FROM note')
    })
    expect(lazy).toEqual([{ n: 2 }])
  })
})

describe('a first statement that fails', () => {
  const failures: Readonly<Record<string, readonly [string, unknown[] | undefined, string]>> = {
    'in its syntax, simple': ['SELEC 1', undefined, '42601'],
    'in its syntax, extended': ['SELEC $1', [1], '42601'],
    'in its names, simple': ['SELECT nope FROM note', undefined, '42703'],
    'in its names, extended': ['SELECT nope FROM note WHERE n = $1', [1], '42703'],
    'while it runs, simple': ['SELECT 1 / 0', undefined, '22012'],
    'while it runs, extended': ['SELECT 1 / $1::int', [0], '22012'],
    'in a value': ['SELECT $1::int', ['no number'], '22P02'],
    'because it may not run in a transaction': ['VACUUM', undefined, '25001'],
    'in the number of its parameters': ['SELECT $1::int', [1, 2], '08P01'],
  }

  it.each(Object.keys(failures))('%s: fails as it would alone, and leaves the connection clean', async name => {
    const [sql, parameters, code] = failures[name] ?? ['', undefined, '']
    const error = await rejection(transactional({}, () => query(sql, parameters)))
    expect([error.name, databaseCode(error)]).toEqual(['QueryFailedError', code])
    await postgres.world.assertClean()
  })

  it.each(Object.keys(failures))('%s: swallowed, nothing is stored behind it unnoticed', async name => {
    const [sql, parameters] = failures[name] ?? ['', undefined]
    const outcome = await transactional({ label: 'Shop.order' }, async () => {
      await query(sql, parameters).catch(() => undefined)
      await query(`INSERT INTO note (k) VALUES ('a')`).catch(() => undefined)
    }).then(
      () => 'committed',
      (error: unknown) => (error as { code: string }).code,
    )
    // A text that cannot be parsed takes BEGIN with it where both are one simple query: the transaction has not begun.
    expect([outcome, await postgres.world.rows()]).toEqual(
      name === 'in its syntax, simple' ? ['committed', ['a']] : ['AMBIT_TX_UNEXPECTED_ROLLBACK', []],
    )
  })

  it.each([
    ['SELECT nope', undefined, 8],
    ['SELECT $1::int, nope', [1], 17],
    ['SELECT 1,\n  nope', undefined, 13],
    [`SELECT 'äöü🙂', nope`, undefined, 16],
  ] as const)('has the position of the error in its own text: %s', async (sql, parameters, position) => {
    const first = await rejection(
      transactional({ isolation: 'SERIALIZABLE', timeoutMs: 9_000 }, () => query(sql, [...(parameters ?? [])])),
    )
    const alone = await rejection(query(sql, [...(parameters ?? [])]))
    expect([first['position'], alone['position']]).toEqual([String(position), String(position)])
  })

  it('in a value that the driver cannot convert leaves the connection clean', async () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    const failing = {
      toPostgres: (): never => {
        throw new TypeError('cannot be converted')
      },
    }
    for (const value of [circular, failing]) {
      const error = await rejection(transactional({}, () => query('SELECT $1::jsonb', [value])))
      expect(error.message).toMatch(/circular|cannot be converted/)
      await postgres.world.assertClean()
    }
    const swallowed = transactional({ isolation: 'SERIALIZABLE' }, async () => {
      await query('SELECT $1::jsonb', [circular]).catch(() => undefined)
      await query(`INSERT INTO note (k) VALUES ('a')`)
    })
    await swallowed
    expect(await postgres.world.rows()).toEqual(['a'])
  })
})

describe('a failed statement that is swallowed', () => {
  it('G-04 PS J1: makes COMMIT answer ROLLBACK, which is an error that names the statement’s', async () => {
    const error = await rejection(
      transactional({ label: 'Shop.order' }, async () => {
        await query(`INSERT INTO note (k) VALUES ('a')`)
        await query('SELECT 1 / 0').catch(() => undefined)
        return 'fine'
      }),
    )
    expect(error.message).toBe(
      [
        'Shop.order returned normally, but the database answered its COMMIT with ROLLBACK: a statement of Shop.order had failed. [AMBIT_TX_UNEXPECTED_ROLLBACK]',
        '  where: Shop.order',
        "  next:  Let the statement's error propagate, or run what may fail with propagation 'NESTED'.",
      ].join('\n'),
    )
    expect(databaseCode(error.cause)).toBe('22012')
    expect(await postgres.world.rows()).toEqual([])
    expect(postgres.world.log.words.at(-1)).toBe('COMMIT')
  })

  it('SP-19: in a NESTED block, harms nothing outside it', async () => {
    await query(`INSERT INTO note (k) VALUES ('dup')`)
    await transactional({}, async () => {
      await query(`INSERT INTO note (k) VALUES ('o1')`)
      const caught = await rejection(
        transactional({ propagation: 'NESTED' }, async () => {
          await query(`INSERT INTO note (k) VALUES ('n')`)
          await query(`INSERT INTO note (k) VALUES ('dup')`)
        }),
      )
      expect(databaseCode(caught)).toBe('23505')
      await query(`INSERT INTO note (k) VALUES ('o2')`)
    })
    expect(await postgres.world.rows()).toEqual(['dup', 'o1', 'o2'])
  })

  it('swallowed inside a NESTED block, that block fails and not the rest', async () => {
    await transactional({}, async () => {
      await query(`INSERT INTO note (k) VALUES ('o')`)
      const nested = await rejection(
        transactional({ propagation: 'NESTED', label: 'Shop.try' }, async () => {
          await query(`INSERT INTO note (k) VALUES ('n')`)
          await query('SELECT 1 / 0').catch(() => undefined)
        }),
      )
      expect(nested).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK', doomedBy: 'Shop.try' })
    })
    expect(await postgres.world.rows()).toEqual(['o'])
  })
})

describe('BEGIN that the server refuses', () => {
  it('fails the statement with the server’s words, and leaves the connection clean', async () => {
    const { dataSource } = postgres.world
    const options = dataSource.options as { isolationLevel?: string }
    options.isolationLevel = 'CHAOS'
    try {
      for (const parameters of [undefined, [1]]) {
        const sql = parameters ? 'SELECT $1::int' : 'SELECT 1'
        const error = await rejection(transactional({}, () => query(sql, parameters)))
        expect(databaseCode(error)).toBe('42601')
        await postgres.world.assertClean()
      }
    } finally {
      delete options.isolationLevel
    }
    expect(await transactional({}, () => query('SELECT 1 AS one'))).toEqual([{ one: 1 }])
  })
})

describe('the data source’s own isolation level (TypeORM 1.x)', () => {
  it('holds for transactions that ask for none', async () => {
    const { dataSource } = postgres.world
    const options = dataSource.options as { isolationLevel?: string }
    options.isolationLevel = 'REPEATABLE READ'
    try {
      const level = (): Promise<unknown> => query('SHOW transaction_isolation')
      expect(await transactional({}, level)).toEqual([{ transaction_isolation: 'repeatable read' }])
      expect(await transactional({ isolation: 'SERIALIZABLE' }, level)).toEqual([
        { transaction_isolation: 'serializable' },
      ])
      await transactional({}, async () => {
        await transactional({ isolation: 'REPEATABLE READ' }, level)
        expect(await rejection(transactional({ isolation: 'SERIALIZABLE' }, level))).toMatchObject({
          code: 'AMBIT_TX_INCOMPATIBLE',
        })
      })
    } finally {
      delete options.isolationLevel
    }
  })
})

describe('TypeORM’s slow log', () => {
  it('counts the statement, and not the wait for its turn', async () => {
    const { dataSource, log } = postgres.world
    const options = dataSource.options as { maxQueryExecutionTime?: number }
    options.maxQueryExecutionTime = 1_000
    try {
      await transactional({}, () =>
        Promise.all([query('SELECT pg_sleep(1.1)'), query('SELECT 1'), query('SELECT 2'), query('SELECT 3')]),
      )
    } finally {
      delete options.maxQueryExecutionTime
    }
    expect(log.slow.map(({ text }) => text)).toEqual(['SELECT pg_sleep(1.1)'])
  })

  it('and TypeORM’s error log see statements as they were written', async () => {
    const { log } = postgres.world
    await rejection(transactional({}, () => query('SELECT nope')))
    expect(log.failures).toEqual(['SELECT nope'])
  })
})

describe('TypeORM’s cache in the database', () => {
  const cached = (): Promise<unknown> =>
    postgres.world.dataSource.getRepository(Note).find({ cache: { id: 'notes', milliseconds: 60_000 } })

  it('reads and writes in the transaction: a rollback takes the cached row along', async () => {
    const { database, dataSource } = postgres.world
    const options = dataSource.options as { cache?: boolean }
    dataSource.setOptions({ cache: true })
    try {
      await dataSource.synchronize()
      const count = async (): Promise<unknown> =>
        (await database.query('SELECT count(*)::int AS n FROM "query-result-cache"'))[0]
      await rejection(
        transactional({}, async () => {
          await query(`INSERT INTO note (k) VALUES ('a')`)
          expect(await cached()).toHaveLength(1)
          throw new Undo()
        }),
      )
      expect(await count()).toEqual({ n: 0 })
      await transactional({}, cached)
      expect(await count()).toEqual({ n: 1 })
    } finally {
      delete options.cache
      Object.assign(dataSource, { queryResultCache: undefined })
    }
  })
})
