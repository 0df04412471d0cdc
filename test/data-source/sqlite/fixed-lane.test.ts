import { QueryFailedError } from 'typeorm'
import { SqliteSecondWriterError, SqliteTransactionLostError } from '../../../src/data-source/sqlite/errors'
import type { FixedStatement } from '../../../src/data-source/statements/fixed-statement'
import { itOnlyIn } from '../../support/lanes/only-in'
import { fixed, INSERT, INSERT_RETURNING, NAMES } from './fixed-statements'
import { settled, testBeds, type TestBed } from './harness'

const open = testBeds()
const SYNCHRONOUS = 'sqlite3 answers from another thread'

async function namesOf(bed: TestBed): Promise<string[]> {
  return (await bed.fixed(NAMES)).rows
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  // An error of the driver's native part is of another realm than the test's.
  if (error !== undefined) return error as Error
  throw new Error('it should have failed')
}

describe.each([
  ['a file', {}],
  ['memory', { database: ':memory:' }],
  ['a file without WAL', { typeorm: { enableWAL: false } }],
] as const)('a fixed statement on %s', (_, options) => {
  it('answers rows, and how many were written', async () => {
    const bed = await open(options)
    expect(await bed.fixed(INSERT, ['a'])).toEqual({ rows: [], affected: 1, lastInsertId: 1 })
    expect(await bed.fixed(INSERT_RETURNING, ['b'])).toEqual({ rows: [[2]], affected: 1 })
    expect(await bed.fixed(fixed('UPDATE "item" SET "name" = ?', 'write'), ['c'])).toMatchObject({
      rows: [],
      affected: 2,
    })
    expect(await bed.fixed(NAMES)).toEqual({ rows: ['c', 'c'], affected: 2 })
    expect(await bed.fixed(fixed('DELETE FROM "item" WHERE "id" = ?', 'write'), [7])).toMatchObject({
      rows: [],
      affected: 0,
    })
  })

  it('belongs to its scope, which begins with it', async () => {
    const bed = await open(options)
    await bed.scope({}, async scope => {
      await scope.fixed(INSERT, ['a'])
      await scope.insert('b')
      expect((await scope.fixed(NAMES)).rows).toEqual(['a', 'b'])
      expect(scope.control).toEqual(['BEGIN IMMEDIATE'])
    })
    expect(await namesOf(bed)).toEqual(['a', 'b'])
    const undone = bed.scope({}, async scope => {
      await scope.fixed(INSERT, ['c'])
      throw new Error('no')
    })
    await expect(undone).rejects.toThrow('no')
    expect(await namesOf(bed)).toEqual(['a', 'b'])
  })

  it('is told to the log of TypeORM, with its control commands, in their order', async () => {
    const bed = await open(options)
    await bed.scope({}, async scope => {
      await scope.fixed(INSERT, ['a'])
      await scope.nested('ambit_1', () => scope.fixed(INSERT, ['b']))
    })
    expect(bed.log.lines).toEqual([
      'BEGIN IMMEDIATE',
      INSERT.text,
      'SAVEPOINT "ambit_1"',
      INSERT.text,
      'RELEASE SAVEPOINT "ambit_1"',
      'COMMIT',
    ])
  })

  it('keeps a second writer out once it has written, not before', async () => {
    const bed = await open(options)
    await bed.scope({ label: 'Outer' }, async outer => {
      await outer.fixed(NAMES)
      await bed.scope({ outer }, inner => inner.fixed(INSERT, ['inner']))
      await outer.fixed(INSERT, ['outer'])
      await expect(
        (async () => bed.scope({ outer }, inner => inner.fixed(INSERT, ['refused'])))(),
      ).rejects.toBeInstanceOf(SqliteSecondWriterError)
    })
    expect(await namesOf(bed)).toEqual(['inner', 'outer'])
  })

  it('that costs its transaction is the last one in it', async () => {
    const bed = await open(options)
    await bed.dataSource.query('CREATE UNIQUE INDEX one_name ON "item"("name")')
    const lost = await failureOf(
      bed.scope({ label: 'Lossy' }, async scope => {
        await scope.fixed(INSERT, ['a'])
        const orRollback = fixed('INSERT OR ROLLBACK INTO "item"("name") VALUES (?)', 'write')
        await failureOf(scope.fixed(orRollback, ['a']))
        // SQLite would autocommit it.
        await scope.fixed(INSERT, ['b'])
      }),
    )
    expect(lost).toBeInstanceOf(SqliteTransactionLostError)
    expect(await namesOf(bed)).toEqual([])
    await bed.fixed(INSERT, ['c'])
    expect(await namesOf(bed)).toEqual(['c'])
  })

  it('that fails leaves the transaction and the connection usable, and the rest is stored', async () => {
    const bed = await open(options)
    await bed.dataSource.query('CREATE UNIQUE INDEX one_name ON "item"("name")')
    await bed.scope({}, async scope => {
      await scope.fixed(INSERT, ['a'])
      await failureOf(scope.fixed(INSERT, ['a']))
      await scope.fixed(INSERT, ['b'])
    })
    await failureOf(bed.fixed(INSERT, ['a']))
    await bed.fixed(INSERT, ['c'])
    // A statement that is still under way in the driver would keep this one from being committed.
    await bed.dataSource.query('INSERT INTO "item"("name") VALUES (\'d\')')
    expect(await bed.names()).toEqual(['a', 'b', 'c', 'd'])
  })

  it("fails with the error of the data source's own TypeORM, its values out of sight", async () => {
    const bed = await open(options)
    const error = await failureOf(
      bed.fixed(fixed('INSERT INTO "item"("id", "name") VALUES (?, ?)', 'write'), [1, null]),
    )
    expect(error).toBeInstanceOf(QueryFailedError)
    expect(error).toMatchObject({
      parameters: [1, null],
      driverError: { code: expect.stringMatching(/^SQLITE_CONSTRAINT/) },
    })
    expect(Object.keys(error)).not.toContain('parameters')
    expect(bed.log.errors).toHaveLength(1)
    const unknown = await failureOf(bed.fixed(fixed('SELECT * FROM "nowhere"', 'read')))
    expect(unknown).toBeInstanceOf(QueryFailedError)
  })

  it('gives cells in the order of its own columns, whatever the order of the select', async () => {
    const bed = await open(options)
    await bed.fixed(INSERT, ['a'])
    const turned = fixed('SELECT "name", "id" FROM "item"', 'read', ['id', 'name'])
    expect((await bed.fixed(turned)).rows).toEqual([[1, 'a']])
    // Another statement of the same text, with columns of its own.
    const named = fixed('SELECT "name", "id" FROM "item"', 'read', ['name'])
    expect((await bed.fixed(named)).rows).toEqual([['a']])
    expect((await bed.fixed(turned)).rows).toEqual([[1, 'a']])
  })

  it('binds values as the runner of the driver does', async () => {
    const bed = await open(options)
    const values = [true, null, 1.5, 'é', Buffer.from([0, 255])]
    const text = 'SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e'
    const [row] = await bed.dataSource.query<Record<string, unknown>[]>(text, values)
    const found = await bed.fixed(fixed(text, 'read', ['a', 'b', 'c', 'd', 'e']), values)
    expect(found.rows).toEqual([Object.values(row ?? {})])
  })

  it('whose rows cannot be read has not failed in the database', async () => {
    const bed = await open(options)
    await bed.fixed(INSERT, ['a'])
    const unreadable: FixedStatement<never> = {
      ...NAMES,
      reader: () => () => {
        throw new RangeError('cannot be read')
      },
    }
    await bed.scope({}, async scope => {
      const answer = await scope.fixed(unreadable)
      expect(() => answer.rows).toThrow('cannot be read')
      await scope.fixed(INSERT, ['b'])
    })
    expect(bed.log.errors).toEqual([])
    expect(await namesOf(bed)).toEqual(['a', 'b'])
  })

  it('is refused its write in a read-only transaction', async () => {
    const bed = await open(options)
    const refused = await failureOf(bed.scope({ readOnly: true }, scope => scope.fixed(INSERT, ['a'])))
    expect(refused).toMatchObject({ driverError: { code: expect.stringMatching(/^SQLITE_READONLY/) } })
    expect(await namesOf(bed)).toEqual([])
  })

  it('may be one of more texts than are kept prepared, and the data source still closes', async () => {
    const bed = await open(options)
    for (let n = 0; n < 520; n += 1) {
      const { rows } = await bed.fixed(fixed(`SELECT ${n} AS n`, 'read', ['n']))
      expect(rows).toEqual([[n]])
    }
    await bed.fixed(INSERT, ['a'])
    await bed.dataSource.destroy()
  })

  it('follows a change of the schema', async () => {
    const bed = await open(options)
    await bed.fixed(INSERT, ['a'])
    expect(await namesOf(bed)).toEqual(['a'])
    await bed.dataSource.query('ALTER TABLE "item" ADD COLUMN "more" integer')
    await bed.fixed(INSERT, ['b'])
    expect(await namesOf(bed)).toEqual(['a', 'b'])
  })
})

describe('a fixed read outside every scope', () => {
  it('waits for nobody, and sees committed rows only', async () => {
    const bed = await open()
    await bed.scope({}, async scope => {
      await scope.fixed(INSERT, ['a'])
      expect(await namesOf(bed)).toEqual([])
      expect(bed.engine.pool.usage).toEqual({ writer: 1, readers: 0, waiting: 0 })
    })
    expect(await namesOf(bed)).toEqual(['a'])
  })

  it('is answered by the writer where only the writer can: a write in disguise once, a temporary table, a connection setting', async () => {
    const bed = await open()
    await bed.fixed(fixed(`INSERT INTO "item"("name") VALUES ('disguised') RETURNING "id"`, 'read', ['id']))
    expect(await namesOf(bed)).toEqual(['disguised'])
    await bed.dataSource.query('CREATE TEMP TABLE mine AS SELECT 7 AS n')
    expect((await bed.fixed(fixed('SELECT n FROM mine', 'read', ['n']))).rows).toEqual([[7]])
    const changes = fixed('SELECT total_changes() > 0 AS n', 'read', ['n'])
    expect((await bed.fixed(changes)).rows).toEqual([[1]])
  })

  itOnlyIn('main', SYNCHRONOUS)('is over before the call returns', async () => {
    const bed = await open()
    await namesOf(bed)
    let read = 0
    const counting: FixedStatement<number> = { ...NAMES, reader: () => () => (read += 1) }
    await bed.fixed(INSERT, ['a'])
    const answer = bed.engine.sendFixed(counting, [])
    expect(read).toBe(1)
    await answer
  })
})

describe('a fixed write that is alone in its transaction', () => {
  it('is between BEGIN and COMMIT, and cannot be undone afterwards', async () => {
    const bed = await open()
    const { transaction, control } = await bed.scope({ single: 'write' }, async scope => {
      await scope.fixed(INSERT, ['a'])
      expect(scope.transaction.settled).toEqual({ kind: 'committed' })
      expect(bed.engine.pool.usage.writer).toBe(0)
      return scope
    })
    await transaction.rollback()
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    expect(control).toEqual(['BEGIN IMMEDIATE', 'COMMIT'])
    expect(await bed.names()).toEqual(['a'])
  })

  it.each([
    ['a hook waits for the commit', { hooked: true }],
    ['it may be aborted', { signal: new AbortController().signal }],
  ])('is not committed at once where %s', async (_, options) => {
    const bed = await open()
    const undone = bed.scope({ single: 'write', ...options }, async scope => {
      await scope.fixed(INSERT, ['a'])
      expect(scope.transaction.settled).toBeUndefined()
      throw new Error('no')
    })
    await expect(undone).rejects.toThrow('no')
    expect(await bed.names()).toEqual([])
  })

  it('rolls back when it fails, or when its COMMIT does', async () => {
    const bed = await open()
    await bed.dataSource.query(
      'CREATE TABLE child (id integer, item integer REFERENCES item(id) DEFERRABLE INITIALLY DEFERRED)',
    )
    await bed.dataSource.query('CREATE UNIQUE INDEX one_child ON child(id)')
    const insert = fixed('INSERT INTO child VALUES (?, ?)', 'write')
    const orphan = await failureOf(bed.scope({ single: 'write' }, scope => scope.fixed(insert, [1, 99])))
    expect(orphan).toMatchObject({ code: 'AMBIT_DATABASE_FOREIGN_KEY' })
    await bed.scope({ single: 'write' }, scope => scope.fixed(insert, [1, null]))
    await failureOf(bed.scope({ single: 'write' }, scope => scope.fixed(insert, [1, null])))
    await bed.expectIdle()
    const { rows } = await bed.fixed(fixed('SELECT id, item FROM child', 'read', ['id', 'item']))
    expect(rows).toEqual([[1, null]])
  })

  it('queues behind whoever holds the writer, in the order of the calls', async () => {
    const bed = await open()
    const names = Array.from({ length: 64 }, (_, n) => `n${n}`)
    const waiting: Promise<unknown>[] = []
    await bed.scope({ label: 'Holder' }, async holder => {
      await holder.fixed(INSERT, ['first'])
      for (const name of names) waiting.push(bed.scope({ single: 'write' }, scope => scope.fixed(INSERT, [name])))
      await settled()
      expect(bed.engine.pool.usage.waiting).toBe(64)
    })
    await Promise.all(waiting)
    expect(await bed.names()).toEqual(['first', ...names])
  })

  itOnlyIn('main', SYNCHRONOUS)('is committed before the call returns', async () => {
    const bed = await open()
    const foreign = await bed.foreign()
    await bed.scope({ single: 'write' }, async scope => {
      const sent = scope.transaction.sendFixed(INSERT, ['a'])
      expect(scope.control).toEqual(['BEGIN IMMEDIATE', 'COMMIT'])
      await sent
    })
    expect(await foreign.query('SELECT "name" FROM "item"')).toEqual([{ name: 'a' }])
    await foreign.close()
  })
})

describe('a fixed statement on a file that another connection has locked', () => {
  it.each([
    ['outside every scope', (bed: TestBed) => bed.fixed(INSERT, ['a'])],
    ['in a scope', (bed: TestBed) => bed.scope({}, scope => scope.fixed(INSERT, ['a']))],
    ['alone in its transaction', (bed: TestBed) => bed.scope({ single: 'write' }, scope => scope.fixed(INSERT, ['a']))],
  ])('waits %s while reads are served, and lands once', async (_, write) => {
    const bed = await open()
    const foreign = await bed.foreign()
    await foreign.exec('BEGIN IMMEDIATE')
    let landed = false
    const writing = write(bed).then(() => {
      landed = true
    })
    // Each read needs a turn of the event loop, which a blocking wait for the lock would not give.
    for (let read = 0; read < 100; read += 1) {
      expect(await namesOf(bed)).toEqual([])
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(landed).toBe(false)
    await foreign.exec('COMMIT')
    await foreign.close()
    await writing
    expect(await bed.names()).toEqual(['a'])
    expect(bed.log.lines.filter(line => line === 'COMMIT').length).toBeLessThanOrEqual(1)
  })

  it('gives up at the bound, the writer given back', async () => {
    const bed = await open({ settings: { waitTimeoutMs: 30 } })
    const foreign = await bed.foreign()
    await foreign.exec('BEGIN IMMEDIATE')
    for (const options of [{}, { single: 'write' as const }]) {
      await expect(bed.scope(options, scope => scope.fixed(INSERT, ['a']))).rejects.toMatchObject({
        code: 'AMBIT_SQLITE_FILE_LOCKED',
      })
    }
    await expect(bed.fixed(INSERT, ['a'])).rejects.toMatchObject({ code: 'AMBIT_SQLITE_FILE_LOCKED' })
    await bed.expectIdle()
    await foreign.exec('COMMIT')
    await foreign.close()
    await bed.fixed(INSERT, ['b'])
    expect(await bed.names()).toEqual(['b'])
  })
})

describe('a slow fixed statement', () => {
  it('is told to the log as TypeORM tells it', async () => {
    const bed = await open({ typeorm: { maxQueryExecutionTime: 1 } })
    const slow: string[] = []
    bed.log.logQuerySlow = (...told: unknown[]) => void slow.push(String(told[1]))
    const counting =
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) AS n FROM n'
    await bed.fixed(fixed(counting, 'read', ['n']))
    await bed.scope({}, scope => scope.fixed(fixed(counting, 'read', ['n'])))
    expect(slow).toEqual([counting, counting])
  })
})
