import { TransactionEndedError } from '../../../src/tx/errors'
import { Item, latch, settled, testBeds } from './harness'

const WHERE = [
  ['a file', {}],
  ['memory', { database: ':memory:' }],
  ['a file without WAL', { typeorm: { enableWAL: false } }],
] as const

describe.each(WHERE)('a transaction on %s', (where, options) => {
  const open = testBeds()

  it('commits what it wrote', async () => {
    const bed = await open(options)
    await bed.scope({}, async scope => {
      await scope.insert('a')
      await scope.insert('b')
    })
    expect(await bed.names()).toEqual(['a', 'b'])
  })

  it('begins IMMEDIATE with its first statement, even a read, and takes nothing before', async () => {
    const bed = await open(options)
    await bed.scope({}, async scope => {
      expect(scope.transaction.begun).toBe(false)
      expect(bed.engine.pool.usage.writer).toBe(0)
      await scope.names()
      expect(scope.transaction.begun).toBe(true)
      expect(bed.engine.pool.usage.writer).toBe(1)
      expect(scope.control).toEqual(['BEGIN IMMEDIATE'])
    })
    expect(bed.log.lines).toEqual(['BEGIN IMMEDIATE', 'SELECT "name" FROM "item" ORDER BY "id"', 'COMMIT'])
  })

  it('takes and sends nothing when it runs no statement', async () => {
    const bed = await open(options)
    await bed.scope({}, () => Promise.resolve())
    const { transaction } = await bed.scope({}, scope => Promise.resolve(scope))
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    await transaction.rollback()
    expect(bed.log.lines).toEqual([])
  })

  it('begins at once when asked to', async () => {
    const bed = await open(options)
    await bed.scope({}, async scope => {
      await scope.transaction.begin()
      expect(scope.control).toEqual(['BEGIN IMMEDIATE'])
      await scope.transaction.begin()
    })
    expect(bed.log.lines).toEqual(['BEGIN IMMEDIATE', 'COMMIT'])
  })

  it('rolls back what it wrote when its body throws', async () => {
    const bed = await open(options)
    const failing = bed.scope({}, async scope => {
      await scope.insert('a')
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await bed.names()).toEqual([])
    expect(bed.log.lines.filter(line => line === 'ROLLBACK')).toHaveLength(1)
  })

  it('ends once: what comes after its end does nothing', async () => {
    const bed = await open(options)
    const { transaction } = await bed.scope({}, async scope => {
      await scope.insert('a')
      return scope
    })
    expect(await transaction.commit()).toEqual({ kind: 'committed' })
    await transaction.rollback()
    const other = await bed.scope({}, async scope => {
      await scope.insert('b')
      await scope.transaction.rollback()
      await scope.transaction.rollback()
      return scope
    })
    await other.transaction.commit()
    expect(await bed.names()).toEqual(['a'])
    expect(bed.log.lines.filter(line => /^(?:COMMIT|ROLLBACK)$/.test(line))).toEqual(['COMMIT', 'ROLLBACK'])
  })

  it('says who holds the writer, for how long, and who waits, when the wait is over', async () => {
    const bed = await open({ ...options, settings: { waitTimeoutMs: 40 } })
    await bed.scope({ label: 'Reports.rebuild' }, async scope => {
      await scope.insert('a')
      const waiting = bed.scope({ label: 'Stock.count', waitTimeoutMs: 500 }, other => other.insert('b'))
      const late = await bed
        .scope({ label: 'Orders.place' }, other => other.insert('c'))
        .catch((error: unknown) => error)
      expect(String(late).replace(/held for \d+ ms/, 'held for N ms')).toBe(
        "SqliteConnectionBusyError: Orders.place waited 40 ms for the writer of 'default', which Reports.rebuild has held for N ms, running nothing now; 1 more in the queue. [AMBIT_SQLITE_WRITER_BUSY]\n" +
          '  where: Orders.place\n' +
          '  next:  Move slow work (network calls, timers) out of the transaction of Reports.rebuild, or raise waitTimeoutMs; if Reports.rebuild itself awaits Orders.place, run one after the other.',
      )
      void waiting.catch(() => undefined)
    })
    await settled()
    expect(await bed.names()).toEqual(['a', 'b'])
  })

  it('leaves the queue on its signal, and may be ended like one that never began', async () => {
    const bed = await open(options)
    const stop = new AbortController()
    const reason = new Error('deadline')
    await bed.scope({ label: 'Holder' }, async scope => {
      await scope.insert('a')
      const waiting = bed.scope({ signal: stop.signal }, other => other.insert('b'))
      const refused = expect(waiting).rejects.toBe(reason)
      await settled()
      expect(bed.engine.pool.usage.waiting).toBe(1)
      stop.abort(reason)
      await refused
      expect(bed.engine.pool.usage.waiting).toBe(0)
    })
    expect(await bed.names()).toEqual(['a'])
  })

  it('rolls back also when its signal was aborted meanwhile', async () => {
    const bed = await open(options)
    const stop = new AbortController()
    const failing = bed.scope({ signal: stop.signal }, async scope => {
      await scope.insert('a')
      stop.abort(new Error('deadline'))
      throw new Error('stopped')
    })
    await expect(failing).rejects.toThrow('stopped')
    expect(await bed.names()).toEqual([])
  })

  it('waits for the statement under way before it ends, whatever its signal says', async () => {
    const bed = await open(options)
    const stop = new AbortController()
    const [asked, mayRun] = [latch(), latch()]
    bed.dataSource.subscribers.push({
      beforeQuery: ({ query }) => {
        if (!query.startsWith('INSERT')) return undefined
        asked.open()
        return mayRun.opened
      },
    })
    const scope = await bed.scope({ signal: stop.signal }, async it => {
      await it.names()
      void it.insert('under way')
      await asked.opened
      stop.abort(new Error('deadline'))
      const ending = it.transaction.rollback()
      await settled()
      expect(bed.engine.pool.usage.writer).toBe(1)
      mayRun.open()
      await ending
      return it
    })
    expect(scope.control).toEqual(['BEGIN IMMEDIATE', 'ROLLBACK'])
    expect(await bed.names()).toEqual([])
  })

  it('does not say what became of a COMMIT that the disk failed', async () => {
    const bed = await open(options)
    const { raw } = bed.engine.pool.writer
    const run = raw.run.bind(raw)
    const scope = await bed.scope({}, async it => {
      await it.insert('a')
      raw.run = sql =>
        sql === 'COMMIT'
          ? Promise.reject(Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' }))
          : run(sql)
      expect(await it.transaction.commit()).toMatchObject({ kind: 'unknown', cause: { code: 'SQLITE_IOERR_FSYNC' } })
      raw.run = run
      return it
    })
    expect(scope.control).toEqual(['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'])
    expect(await bed.names()).toEqual([])
  })

  it('goes on after a statement that failed, as SQLite does', async () => {
    const bed = await open(options)
    await bed.scope({}, async scope => {
      await scope.insert('a')
      await expect(scope.query('INSERT INTO "item"("id", "name") VALUES (1, ?)', ['b'])).rejects.toThrow('UNIQUE')
      await scope.insert('c')
    })
    expect(await bed.names()).toEqual(['a', 'c'])
  })

  it('keeps savepoints: one rolled back, one released', async () => {
    const bed = await open(options)
    await bed.scope({}, async scope => {
      await scope.insert('a')
      const failing = scope.nested('ambit_1', async () => {
        await scope.insert('b')
        throw new Error('inner')
      })
      await expect(failing).rejects.toThrow('inner')
      await scope.nested('ambit_2', () => scope.insert('c'))
      expect(scope.control).toEqual([
        'BEGIN IMMEDIATE',
        'SAVEPOINT "ambit_1"',
        'ROLLBACK TO SAVEPOINT "ambit_1"',
        'RELEASE SAVEPOINT "ambit_1"',
        'SAVEPOINT "ambit_2"',
        'RELEASE SAVEPOINT "ambit_2"',
      ])
    })
    expect(await bed.names()).toEqual(['a', 'c'])
  })

  it('begins with a savepoint when that comes first, and quotes its name', async () => {
    const bed = await open(options)
    await bed.scope({}, async scope => {
      await scope.nested('we"ird', () => scope.insert('a'))
      expect(scope.control).toEqual(['BEGIN IMMEDIATE', 'SAVEPOINT "we""ird"', 'RELEASE SAVEPOINT "we""ird"'])
    })
    expect(await bed.names()).toEqual(['a'])
  })

  it('refuses a statement after its end, and does not begin again', async () => {
    const bed = await open(options)
    const scope = await bed.scope({ label: 'Late.work' }, async it => {
      await it.insert('a')
      return it
    })
    await expect(scope.insert('late')).rejects.toBeInstanceOf(TransactionEndedError)
    await expect(scope.transaction.savepoint('late')).rejects.toBeInstanceOf(TransactionEndedError)
    expect(await bed.names()).toEqual(['a'])
  })

  it('refuses a statement after its end also when it never began', async () => {
    const bed = await open(options)
    const scope = await bed.scope({}, it => Promise.resolve(it))
    await scope.transaction.rollback()
    await expect(scope.insert('late')).rejects.toBeInstanceOf(TransactionEndedError)
    expect(await bed.names()).toEqual([])
  })

  it.each(['BEGIN', 'COMMIT', 'END', 'ROLLBACK', ' -- why not\n commit', 'rollback transaction'])(
    'refuses %j as text, and lives on',
    async text => {
      const bed = await open(options)
      await bed.scope({ label: 'Orders.place' }, async scope => {
        await scope.insert('a')
        await expect(scope.query(text)).rejects.toMatchObject({
          name: 'SqliteControlStatementError',
          code: 'AMBIT_SQLITE_CONTROL_STATEMENT',
        })
        await scope.insert('b')
      })
      expect(await bed.names()).toEqual(['a', 'b'])
    },
  )

  it('gives the raw client a stand-in whose statements belong to it', async () => {
    const bed = await open(options)
    await bed.scope({}, async scope => {
      const client: unknown = await scope.transaction.runner.connect()
      const { query } = client as { query(text: string, values?: unknown[]): Promise<unknown> }
      await query('INSERT INTO "item"("name") VALUES (?)', ['a'])
      expect(scope.control).toEqual(['BEGIN IMMEDIATE'])
    })
    expect(await bed.names()).toEqual(['a'])
  })

  it('answers as TypeORM does, structured results included', async () => {
    const bed = await open(options)
    await bed.scope({}, async scope => {
      const { runner } = scope.transaction
      expect(await runner.query('INSERT INTO "item"("name") VALUES (?)', ['a'])).toBe(1)
      expect(await runner.query('SELECT * FROM "item" WHERE "id" = ?', [1], true)).toMatchObject({
        records: [{ id: 1, name: 'a' }],
      })
      expect(await runner.query('UPDATE "item" SET "name" = ?', ['b'], true)).toMatchObject({ affected: 1 })
    })
  })

  it('runs one after the other when two write at the same time', async () => {
    const bed = await open(options)
    const [firstWrote, mayEnd] = [latch(), latch()]
    const first = bed.scope({ label: 'First' }, async scope => {
      await scope.insert('first 1')
      firstWrote.open()
      await mayEnd.opened
      await scope.insert('first 2')
    })
    await firstWrote.opened
    const second = bed.scope({ label: 'Second' }, scope => scope.insert('second'))
    await settled()
    expect(bed.engine.pool.usage).toMatchObject({ writer: 1, waiting: 1 })
    mayEnd.open()
    await Promise.all([first, second])
    expect(await bed.names()).toEqual(['first 1', 'first 2', 'second'])
    expect(bed.log.lines.filter(line => /^(?:BEGIN|COMMIT)/.test(line))).toEqual([
      'BEGIN IMMEDIATE',
      'COMMIT',
      'BEGIN IMMEDIATE',
      'COMMIT',
    ])
  })

  it('makes read-modify-write right for 64 callers at once', async () => {
    const bed = await open(options)
    await bed.dataSource.query('CREATE TABLE counter (n integer)')
    await bed.dataSource.query('INSERT INTO counter VALUES (0)')
    const bump = (): Promise<unknown> =>
      bed.scope({}, async scope => {
        const [row] = await scope.query<{ n: number }[]>('SELECT n FROM counter')
        await settled()
        return scope.query('UPDATE counter SET n = ?', [(row?.n ?? 0) + 1])
      })
    await Promise.all(Array.from({ length: 64 }, bump))
    expect(await bed.dataSource.query('SELECT n FROM counter')).toEqual([{ n: 64 }])
  })

  it('never loses a committed write of one caller to the rollback of another', async () => {
    // On TypeORM's shared runner the save joins the stranger's transaction, and goes down with it.
    const bed = await open(options)
    const [wrote, mayFail] = [latch(), latch()]
    const failing = bed.scope({}, async scope => {
      await scope.insert('doomed')
      wrote.open()
      await mayFail.opened
      throw new Error('no')
    })
    await wrote.opened
    const saved = bed.dataSource.manager.save(Item, { name: 'saved' })
    await settled()
    mayFail.open()
    await expect(failing).rejects.toThrow('no')
    await saved
    expect(await bed.names()).toEqual(['saved'])
  })

  it('never shows uncommitted rows to a read outside', async () => {
    const bed = await open(options)
    const [wrote, mayEnd] = [latch(), latch()]
    const writing = bed.scope({}, async scope => {
      await scope.insert('dirty')
      wrote.open()
      await mayEnd.opened
      throw new Error('rolled back')
    })
    await wrote.opened
    const outside = Promise.all(Array.from({ length: 8 }, () => bed.names()))
    await settled()
    mayEnd.open()
    await expect(writing).rejects.toThrow('rolled back')
    expect(await outside).toEqual(Array.from({ length: 8 }, () => []))
  })

  it(`does ${where === 'a file' ? 'not ' : ''}make a read outside wait for a writer`, async () => {
    const bed = await open(options)
    const [wrote, mayEnd] = [latch(), latch()]
    const writing = bed.scope({}, async scope => {
      await scope.insert('a')
      wrote.open()
      await mayEnd.opened
    })
    await wrote.opened
    let answered = false
    const reading = bed.names().finally(() => {
      answered = true
    })
    // A file has a reader for it; elsewhere only the end of the writer can answer.
    if (where === 'a file') await reading
    else await settled()
    expect(answered).toBe(where === 'a file')
    mayEnd.open()
    await writing
    expect(await reading).toEqual(where === 'a file' ? [] : ['a'])
  })
})

describe('a read-only transaction', () => {
  const open = testBeds()

  it('reads one snapshot on a reader, beside a writer', async () => {
    const bed = await open()
    await bed.scope({}, scope => scope.insert('a'))
    await bed.scope({ readOnly: true }, async scope => {
      expect(await scope.names()).toEqual(['a'])
      expect(bed.engine.pool.usage).toEqual({ writer: 0, readers: 1, waiting: 0 })
      await bed.scope({}, other => other.insert('b'))
      expect(await scope.names()).toEqual(['a'])
      expect(scope.control).toEqual(['BEGIN'])
    })
    expect(await bed.names()).toEqual(['a', 'b'])
  })

  it('takes its snapshot with BEGIN, not with the first read after it', async () => {
    const bed = await open()
    await bed.scope({ readOnly: true }, async scope => {
      await scope.transaction.begin()
      await bed.scope({}, other => other.insert('later'))
      expect(await scope.names()).toEqual([])
    })
  })

  it.each(WHERE)('cannot write on %s', async (_, options) => {
    const bed = await open(options)
    await bed.scope({ readOnly: true }, async scope => {
      await expect(scope.insert('a')).rejects.toThrow('attempt to write a readonly database')
      await expect(scope.query('WITH x AS (SELECT 1) INSERT INTO "item"("name") SELECT \'b\' FROM x')).rejects.toThrow(
        'readonly',
      )
      expect(await scope.names()).toEqual([])
    })
    expect(await bed.names()).toEqual([])
    await bed.scope({}, scope => scope.insert('c'))
    expect(await bed.names()).toEqual(['c'])
  })

  it.each(WHERE)('cannot lift its own limits by a pragma on %s', async (_, options) => {
    const bed = await open(options)
    await bed.scope({ readOnly: true }, async scope => {
      await expect(scope.query('PRAGMA query_only = OFF')).rejects.toMatchObject({
        code: 'AMBIT_SQLITE_CONTROL_STATEMENT',
      })
      await expect(scope.query('pragma query_only(0)')).rejects.toMatchObject({
        code: 'AMBIT_SQLITE_CONTROL_STATEMENT',
      })
      await expect(scope.insert('a')).rejects.toThrow('readonly')
      expect(await scope.query('PRAGMA table_info("item")')).toHaveLength(2)
    })
  })

  it.each(WHERE)('changes no setting of its connection that others would inherit, on %s', async (_, options) => {
    const bed = await open(options)
    await bed.scope({ label: 'Orders.place' }, async scope => {
      await scope.insert('a')
      for (const setting of ['query_only = ON', 'synchronous = OFF', 'busy_timeout = 9', 'foreign_keys = OFF'])
        await expect(scope.query(`PRAGMA ${setting}`)).rejects.toMatchObject({
          code: 'AMBIT_SQLITE_CONTROL_STATEMENT',
          message: expect.stringContaining('in the transaction of Orders.place; it would change the connection'),
        })
      await scope.query('PRAGMA defer_foreign_keys = ON')
      await scope.insert('b')
    })
    await bed.scope({}, scope => scope.insert('c'))
    expect(await bed.names()).toEqual(['a', 'b', 'c'])
  })

  it('ends what it began when its snapshot cannot be taken', async () => {
    const bed = await open({ typeorm: { enableWAL: false }, settings: { waitTimeoutMs: 20 } })
    const foreign = await bed.foreign()
    await foreign.exec('BEGIN EXCLUSIVE')
    await bed.scope({ readOnly: true }, async scope => {
      await expect(scope.names()).rejects.toMatchObject({ code: 'AMBIT_SQLITE_FILE_LOCKED' })
      await bed.expectIdle()
      await foreign.exec('COMMIT')
      expect(await scope.names()).toEqual([])
    })
    await foreign.close()
  })

  it.each([
    ['commits', () => Promise.resolve()],
    ['rolls back', () => Promise.reject(new Error('no'))],
  ] as const)('leaves the shared connection writable when it %s', async (_, end) => {
    const bed = await open({ database: ':memory:' })
    await bed
      .scope({ readOnly: true }, async scope => {
        await scope.names()
        expect(await bed.pragma('query_only')).toBe(1)
        await end()
      })
      .catch(() => undefined)
    expect(await bed.pragma('query_only')).toBe(0)
    await bed.scope({}, scope => scope.insert('a'))
    expect(await bed.names()).toEqual(['a'])
  })

  it('leaves the shared connection writable after a refused write, with others waiting', async () => {
    const bed = await open({ database: ':memory:' })
    const reading = bed.scope({ readOnly: true }, async scope => {
      await scope.names()
      await scope.insert('refused')
    })
    const writing = bed.scope({}, scope => scope.insert('a'))
    await expect(reading).rejects.toThrow('readonly')
    await writing
    expect(await bed.names()).toEqual(['a'])
  })

  it('shares the readers with as many as there are, and the next one waits', async () => {
    const bed = await open({ settings: { readers: 2 } })
    const [mayEnd, both] = [latch(), latch()]
    let reading = 0
    const reader = (): Promise<void> =>
      bed.scope({ readOnly: true }, async scope => {
        await scope.names()
        if ((reading += 1) === 2) both.open()
        await mayEnd.opened
      })
    const all = [reader(), reader(), reader()]
    await both.opened
    await settled()
    expect(reading).toBe(2)
    expect(bed.engine.pool.usage.readers).toBe(2)
    expect(await bed.names()).toEqual([])
    mayEnd.open()
    await Promise.all(all)
    expect(reading).toBe(3)
  })

  it('says who holds the readers when the wait is over', async () => {
    const bed = await open({ settings: { readers: 1, waitTimeoutMs: 30 } })
    const mayEnd = latch()
    const started = latch()
    const holding = bed.scope({ readOnly: true, label: 'Reports.long' }, async scope => {
      await scope.names()
      started.open()
      await mayEnd.opened
    })
    await started.opened
    await expect(bed.scope({ readOnly: true, label: 'Reports.short' }, scope => scope.names())).rejects.toMatchObject({
      code: 'AMBIT_SQLITE_READERS_BUSY',
      waiter: 'Reports.short',
      holder: 'Reports.long',
    })
    mayEnd.open()
    await holding
  })

  it('never starves inside other read-only transactions that hold all readers', async () => {
    const bed = await open({ settings: { readers: 2, waitTimeoutMs: 500 } })
    const both = latch()
    let reading = 0
    const reader = (): Promise<string[]> =>
      bed.scope({ readOnly: true }, async outer => {
        await outer.names()
        if ((reading += 1) === 2) both.open()
        await both.opened
        return bed.scope({ readOnly: true, outer }, inner => inner.names())
      })
    expect(await Promise.all([reader(), reader()])).toEqual([[], []])
    expect(bed.engine.pool.readers?.opened).toBe(2)
  })
})
