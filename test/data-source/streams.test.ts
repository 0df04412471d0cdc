import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { detached, transactional } from 'ambit'
import { databaseCode } from '../../src/data-source/driver-error'
import { Note } from './entities'
import { postgresWorld, rejection, Undo } from './harness'

// Streams in a scope: a cursor on the server, read in portions between which other statements run.

const postgres = postgresWorld({ settings: { poolSize: 3 }, bootstrap: { waitTimeoutMs: 1_000 } })

const ROWS = 2_500

beforeEach(() =>
  postgres.world.database.query(
    `INSERT INTO note (k, n) SELECT 'k' || lpad(i::text, 5, '0'), i FROM generate_series(1, ${ROWS}) i`,
  ),
)

const notes = () => postgres.world.dataSource.getRepository(Note)
const stream = (): Promise<Readable> => notes().createQueryBuilder('note').orderBy('note.k').stream()
const count = async (rows: AsyncIterable<unknown>): Promise<number> => {
  let seen = 0
  for await (const _ of rows) seen += 1
  return seen
}
const cursors = (): Promise<unknown> => postgres.world.dataSource.query('SELECT name FROM pg_cursors')
const seen = (): string[] =>
  postgres.world.log.texts.map(text => text.replace(/ambit_cursor_\d+/, 'c').replace(/ FOR SELECT.*/s, ' FOR …'))

describe('a stream in a scope', () => {
  it('gives all rows, as the first statement, in portions', async () => {
    expect(await transactional({}, async () => count(await stream()))).toBe(ROWS)
    expect(seen()).toEqual([
      'BEGIN',
      'DECLARE c NO SCROLL CURSOR FOR …',
      'FETCH 1000 FROM c',
      'FETCH 1000 FROM c',
      'FETCH 1000 FROM c',
      'CLOSE c',
      'COMMIT',
    ])
  })

  it('gives the rows of TypeORM’s own stream: raw, with the builder’s aliases, in order', async () => {
    const rows = await transactional({}, async () => (await stream()).take(2).toArray())
    expect(rows).toEqual([
      { note_k: 'k00001', note_n: 1, note_secret: null },
      { note_k: 'k00002', note_n: 2, note_secret: null },
    ])
  })

  it('takes parameters, also as the first statement', async () => {
    const rows = await transactional({ isolation: 'SERIALIZABLE', readOnly: true }, async () => {
      const opened = await notes()
        .createQueryBuilder('note')
        .where('note.n > :n', { n: ROWS - 2 })
        .stream()
      return opened.toArray()
    })
    expect(rows).toHaveLength(2)
  })

  it('sees what the scope wrote, and nothing else does', async () => {
    await rejection(
      transactional({}, async () => {
        await postgres.world.write('zz')
        expect(await count(await stream())).toBe(ROWS + 1)
        throw new Undo()
      }),
    )
    expect(await postgres.world.rows()).toHaveLength(ROWS)
  })

  it.each([0, 1, 999, 1_000, 1_001, 2_000])('gives %i rows exactly', async limit => {
    const rows = await transactional({}, async () =>
      count(
        await notes()
          .createQueryBuilder('note')
          .limit(limit)
          .where(limit === 0 ? 'false' : 'true')
          .stream(),
      ),
    )
    expect(rows).toBe(limit)
  })

  it('G-19: statements may be awaited inside its loop, in the same transaction', async () => {
    await transactional({}, async () => {
      let updated = 0
      for await (const row of await stream()) {
        const { note_k: k, note_n: n } = row as { note_k: string; note_n: number }
        if (n % 500 !== 0) continue
        await notes().update({ k }, { n: -1 })
        updated += 1
      }
      expect(updated).toBe(5)
    })
    expect(await postgres.world.database.query('SELECT count(*)::int AS n FROM note WHERE n = -1')).toEqual([{ n: 5 }])
  })

  it('G-19: left early, is closed on the server, and the scope goes on', async () => {
    await transactional({}, async () => {
      for await (const _ of await stream()) break
      expect(await cursors()).toEqual([])
      await postgres.world.write('z')
    })
    expect(await postgres.world.rows()).toHaveLength(ROWS + 1)
  })

  it('G-19: destroyed, with and without an error, does not disturb the scope', async () => {
    await transactional({}, async () => {
      const first = await stream()
      await once(first, 'readable')
      first.destroy()
      await once(first, 'close')
      const second = await stream()
      await once(second, 'readable')
      const failed = once(second, 'error')
      second.destroy(new Error('enough'))
      expect(await failed).toEqual([new Error('enough')])
      await postgres.world.write('z')
    })
    expect(await postgres.world.rows()).toHaveLength(ROWS + 1)
  })

  it('G-19: never read, sends nothing', async () => {
    await transactional({}, async () => {
      await stream()
      await postgres.world.write('z')
    })
    expect(seen().filter(text => /CURSOR|FETCH/.test(text))).toEqual([])
    expect(await postgres.world.rows()).toHaveLength(ROWS + 1)
  })

  it('G-19: read a little and forgotten, ends with the scope; reading on says that it is over', async () => {
    const opened = await transactional({ label: 'Shop.export' }, async () => {
      const rows = await stream()
      await once(rows, 'readable')
      return rows
    })
    const error = await rejection(count(opened))
    expect(error).toMatchObject({ code: 'AMBIT_TX_ENDED', method: 'Shop.export' })
  })

  it('may be one of several, beside NESTED blocks and other statements in parallel', async () => {
    await transactional({}, async () => {
      const [a, b] = await Promise.all([
        stream().then(count),
        stream().then(count),
        transactional({ propagation: 'NESTED' }, () => postgres.world.write('nested')),
        postgres.world.write('sibling'),
      ])
      expect([a >= ROWS, b >= ROWS]).toEqual([true, true])
      expect(await cursors()).toEqual([])
    })
    expect(await postgres.world.rows()).toHaveLength(ROWS + 2)
  })

  it('opened in a NESTED block, is read in it, and ends with it', async () => {
    await transactional({}, async () => {
      const opened = await transactional({ propagation: 'NESTED', label: 'Shop.part' }, async () => {
        const rows = await stream()
        await once(rows, 'readable')
        return rows
      })
      expect(await rejection(count(opened))).toMatchObject({ code: 'AMBIT_TX_ENDED', method: 'Shop.part' })
      await postgres.world.write('z')
    })
    expect(await postgres.world.rows()).toHaveLength(ROWS + 1)
  })

  it('read by code outside the scope works in the scope all the same', async () => {
    const { log } = postgres.world
    await transactional({}, async () => {
      const opened = await stream()
      expect(await detached(() => count(opened))).toBe(ROWS)
    })
    expect(log.pids).toHaveLength(1)
  })

  it('of a query that fails, fails with its error, and so does the transaction', async () => {
    const error = await rejection(
      transactional({}, async () => {
        const runner = postgres.world.dataSource.createQueryRunner()
        await count(await runner.stream('SELECT 1 / (n - 1200) FROM note ORDER BY k'))
      }),
    )
    expect(databaseCode(error)).toBe('22012')
  })

  it('of a hand-made query runner tells its callbacks of the end', async () => {
    const told: string[] = []
    await transactional({}, async () => {
      const runner = postgres.world.dataSource.createQueryRunner()
      const rows = await runner.stream(
        'SELECT k FROM note WHERE n <= $1',
        [3],
        () => told.push('end'),
        () => told.push('error'),
      )
      expect(await count(rows)).toBe(3)
    })
    expect(told).toEqual(['end'])
  })

  it('a hundred of them, left early, leave the pool as it was', async () => {
    for (let at = 0; at < 100; at += 1) {
      await transactional({}, async () => {
        for await (const _ of await stream()) break
      })
    }
    expect(postgres.world.pool.totalCount).toBe(1)
  })

  it('holds no more rows than it was asked for', async () => {
    await transactional({}, async () => {
      const rows = await stream()
      await once(rows, 'readable')
      expect(seen().filter(text => text.startsWith('FETCH'))).toHaveLength(1)
      rows.destroy()
    })
  })
})

describe('the raw client of a scope', () => {
  interface Client {
    query(...args: unknown[]): unknown
  }
  const client = async (): Promise<Client> => (await postgres.world.dataSource.createQueryRunner().connect()) as Client

  it('takes a configuration, and a callback, as pg’s own does', async () => {
    await transactional({}, async () => {
      const raw = await client()
      expect(await raw.query({ text: 'SELECT $1::int AS n', values: [1] })).toMatchObject({ rows: [{ n: 1 }] })
      expect(await raw.query({ text: 'SELECT $1::int AS n', values: [2], rowMode: 'array' })).toMatchObject({
        rows: [[2]],
      })
      const answers = await new Promise(resolve => {
        raw.query('SELECT $1::int AS n', [3], (error: unknown, result: unknown) => resolve([error, result]))
      })
      expect(answers).toMatchObject([null, { rows: [{ n: 3 }] }])
      const errors = await new Promise(resolve => {
        raw.query('SELECT nope', (error: unknown) => resolve(error))
      })
      expect(databaseCode(errors)).toBe('42703')
    }).catch(expectAborted)
  })

  it('a configuration may be the first statement of all', async () => {
    const result = await transactional({ isolation: 'SERIALIZABLE', timeoutMs: 5_000 }, async () => {
      const raw = await client()
      return raw.query({ text: 'SHOW transaction_isolation' })
    })
    expect(result).toMatchObject({ rows: [{ transaction_isolation: 'serializable' }] })
  })

  it('refuses query objects, whose end nobody could see', async () => {
    await transactional({ label: 'Shop.copy' }, async () => {
      const raw = await client()
      expect(() => raw.query({ submit: () => undefined })).toThrow(
        expect.objectContaining({ code: 'AMBIT_DATA_SOURCE_RAW_QUERY', name: 'RawQueryError' }),
      )
      await postgres.world.write('z')
    })
    expect(await postgres.world.rows()).toHaveLength(ROWS + 1)
  })

  it('is queued with the other statements of the scope', async () => {
    await transactional({}, async () => {
      const raw = await client()
      await Promise.all([
        raw.query(`INSERT INTO note (k) VALUES ('y')`),
        postgres.world.write('z'),
        raw.query('SELECT 1'),
      ])
    })
    expect(await postgres.world.rows()).toHaveLength(ROWS + 2)
  })

  function expectAborted(error: unknown): void {
    expect(error).toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
  }
})
