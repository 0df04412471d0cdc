import { databaseCode } from '../../../src/data-source/driver-error'
import { SqliteTransactionLostError } from '../../../src/data-source/sqlite/errors'
import { testBeds } from './harness'

// SQLite ends a transaction by itself here and there; whatever came next would be committed at once.

const WHERE = [
  ['a file', {}],
  ['memory', { database: ':memory:' }],
] as const

describe.each(WHERE)('a transaction that SQLite ended by itself, on %s', (_, options) => {
  const open = testBeds()

  const LOSSES = [
    ['INSERT OR ROLLBACK', 'INSERT OR ROLLBACK INTO "item"("id", "name") VALUES (1, \'twice\')'],
    ['RAISE(ROLLBACK)', 'INSERT INTO "item"("name") VALUES (\'forbidden\')'],
  ] as const

  const prepared = async (): Promise<Awaited<ReturnType<typeof open>>> => {
    const bed = await open(options)
    await bed.dataSource.query(
      "CREATE TRIGGER no_forbidden BEFORE INSERT ON \"item\" WHEN NEW.name = 'forbidden' BEGIN SELECT RAISE(ROLLBACK, 'forbidden'); END",
    )
    await bed.scope({}, scope => scope.insert('before'))
    return bed
  }

  it.each(LOSSES)('runs nothing after %s, and stores nothing', async (_name, statement) => {
    const bed = await prepared()
    const failing = bed.scope({ label: 'Orders.place' }, async scope => {
      await scope.insert('inside')
      await expect(scope.query(statement)).rejects.toThrow()
      await expect(scope.insert('leak')).rejects.toBeInstanceOf(SqliteTransactionLostError)
      await expect(scope.names()).rejects.toBeInstanceOf(SqliteTransactionLostError)
      await expect(scope.transaction.savepoint('late')).rejects.toBeInstanceOf(SqliteTransactionLostError)
    })
    await expect(failing).rejects.toMatchObject({ code: 'AMBIT_SQLITE_TRANSACTION_LOST', method: 'Orders.place' })
    expect(await bed.names()).toEqual(['before'])
  })

  it.each(LOSSES)('answers COMMIT with the first cause after %s', async (_name, statement) => {
    const bed = await prepared()
    let first: unknown
    const failing = bed.scope({}, async scope => {
      await scope.insert('inside')
      await scope.query(statement).catch((error: unknown) => {
        first = error
      })
    })
    await expect(failing).rejects.toBeInstanceOf(SqliteTransactionLostError)
    await expect(failing).rejects.toHaveProperty('cause', first)
    expect(bed.log.lines.filter(line => /^(?:COMMIT|ROLLBACK)$/.test(line))).toHaveLength(1)
    expect(await bed.names()).toEqual(['before'])
  })

  it.each(LOSSES)('rolls back without a word after %s', async (_name, statement) => {
    const bed = await prepared()
    bed.log.clear()
    await expect(
      bed.scope({}, async scope => {
        await scope.insert('inside')
        await scope.query(statement)
      }),
    ).rejects.toThrow()
    expect(bed.log.lines).not.toContain('ROLLBACK')
    expect(await bed.names()).toEqual(['before'])
  })

  it('is lost inside a savepoint too: the savepoint cannot be rolled back to', async () => {
    const bed = await prepared()
    const failing = bed.scope({}, async scope => {
      await scope.insert('inside')
      await scope.nested('ambit_1', () => scope.query(LOSSES[0][1])).catch(() => undefined)
    })
    await expect(failing).rejects.toBeInstanceOf(SqliteTransactionLostError)
    expect(await bed.names()).toEqual(['before'])
  })

  it('explains itself', async () => {
    const bed = await prepared()
    const failing = bed.scope({ label: 'Orders.place' }, async scope => {
      await scope.query(LOSSES[0][1]).catch(() => undefined)
      await scope.insert('leak')
    })
    await expect(failing).rejects.toHaveProperty(
      'message',
      'SQLite rolled the transaction of Orders.place back by itself when a statement failed; nothing of it is stored. [AMBIT_SQLITE_TRANSACTION_LOST]\n' +
        '  where: Orders.place\n' +
        "  next:  Let the statement's error propagate; to survive it, use INSERT OR ABORT and RAISE(ABORT, …) instead of ROLLBACK.",
    )
  })

  it('does not lose a transaction whose statement merely failed', async () => {
    const bed = await prepared()
    await bed.scope({}, async scope => {
      await scope.insert('kept')
      await expect(scope.query('INSERT OR FAIL INTO "item"("id", "name") VALUES (1, \'x\')')).rejects.toThrow('UNIQUE')
      await expect(scope.query('SELECT nonsense')).rejects.toThrow('no such column')
      await expect(scope.query('not sql')).rejects.toThrow('syntax error')
    })
    expect(await bed.names()).toEqual(['before', 'kept'])
  })

  it('reports a COMMIT that a deferred constraint refuses as rolled back', async () => {
    const bed = await open(options)
    await bed.dataSource.query('CREATE TABLE parent (id integer primary key)')
    await bed.dataSource.query(
      'CREATE TABLE child (id integer primary key, parent integer references parent(id) deferrable initially deferred)',
    )
    const failing = bed.scope({}, scope => scope.query('INSERT INTO child(parent) VALUES (7)'))
    expect(databaseCode(await failing.catch((error: unknown) => error))).toBe('SQLITE_CONSTRAINT_FOREIGNKEY')
    expect(bed.log.lines.slice(-2)).toEqual(['COMMIT', 'ROLLBACK'])
    expect(await bed.dataSource.query('SELECT * FROM child')).toEqual([])
  })

  it('notices at COMMIT what happened behind its back', async () => {
    const bed = await open(options)
    const failing = bed.scope({ label: 'Orders.place' }, async scope => {
      await scope.insert('a')
      const raw = bed.engine.pool.writer.raw.handle as { exec(sql: string): void }
      raw.exec('ROLLBACK')
    })
    await expect(failing).rejects.toBeInstanceOf(SqliteTransactionLostError)
    expect(await bed.names()).toEqual([])
  })

  it('also keeps a hand-made transaction from leaking', async () => {
    const bed = await prepared()
    const runner = bed.dataSource.createQueryRunner()
    await runner.startTransaction()
    await runner.query('INSERT INTO "item"("name") VALUES (\'inside\')')
    await expect(runner.query(LOSSES[0][1])).rejects.toThrow('UNIQUE')
    await expect(runner.query('INSERT INTO "item"("name") VALUES (\'leak\')')).rejects.toBeInstanceOf(
      SqliteTransactionLostError,
    )
    await expect(runner.commitTransaction()).rejects.toBeInstanceOf(SqliteTransactionLostError)
    await runner.rollbackTransaction()
    expect(runner.isTransactionActive).toBe(false)
    await bed.expectIdle()
    await runner.query('INSERT INTO "item"("name") VALUES (\'after\')')
    await runner.release()
    expect(await bed.names()).toEqual(['before', 'after'])
  })

  it('keeps TypeORM’s nested transactions from leaking too', async () => {
    const bed = await prepared()
    const failing = bed.dataSource.manager.transaction(async manager => {
      await manager.query('INSERT INTO "item"("name") VALUES (\'inside\')')
      await manager.transaction(inner => inner.query(LOSSES[0][1])).catch(() => undefined)
      await manager.query('INSERT INTO "item"("name") VALUES (\'leak\')')
    })
    await expect(failing).rejects.toBeInstanceOf(SqliteTransactionLostError)
    expect(await bed.names()).toEqual(['before'])
  })
})
