import type { MigrationInterface, QueryRunner } from 'typeorm'
import { SqliteControlStatementError, SqliteSecondWriterError } from '../../../src/data-source/sqlite/errors'
import { itOnlyIn } from '../../support/lanes/only-in'
import {
  Item,
  latch,
  NO_DISPOSAL,
  NO_FUNCTIONS,
  NO_ITERATORS,
  settled,
  type TestBed,
  testBeds,
  type TestScope,
} from './harness'

const WHERE = [
  ['a file', {}],
  ['memory', { database: ':memory:' }],
] as const

const INSERT = 'INSERT INTO "item"("name") VALUES (?)'

describe.each(WHERE)('work outside every scope on %s', (where, options) => {
  const open = testBeds()

  it('serves what TypeORM does by itself: save, find, update, remove, builders', async () => {
    const bed = await open(options)
    const items = bed.dataSource.getRepository(Item)
    const saved = await items.save([{ name: 'a' }, { name: 'b' }])
    expect(saved.map(({ id }) => id)).toEqual([1, 2])
    await items.update({ id: 2 }, { name: 'c' })
    expect(await items.findOneBy({ name: 'c' })).toMatchObject({ id: 2 })
    expect(await items.findAndCount()).toMatchObject([[{ id: 1 }, { id: 2 }], 2])
    expect(await items.createQueryBuilder('i').where('i.id > 1').getMany()).toHaveLength(1)
    await items.remove(await items.findOneByOrFail({ id: 1 }))
    expect(await bed.names()).toEqual(['c'])
  })

  it('queues a plain save behind the scope that holds the writer', async () => {
    const bed = await open(options)
    const [wrote, mayEnd] = [latch(), latch()]
    const scope = bed.scope({}, async it => {
      await it.insert('scope')
      wrote.open()
      await mayEnd.opened
    })
    await wrote.opened
    const saving = bed.dataSource.getRepository(Item).save({ name: 'saved' })
    await settled()
    expect(bed.engine.pool.usage.waiting).toBe(1)
    mayEnd.open()
    await Promise.all([scope, saving])
    expect(await bed.names()).toEqual(['scope', 'saved'])
  })

  it('queues a plain statement too', async () => {
    const bed = await open(options)
    await bed.scope({}, async scope => {
      await scope.insert('scope')
      const plain = bed.dataSource.query(INSERT, ['plain'])
      await settled()
      expect(bed.engine.pool.usage.waiting).toBe(1)
      void plain.then(() => undefined)
    })
    expect(await bed.names()).toContain('scope')
    await settled()
    expect(await bed.names()).toEqual(['scope', 'plain'])
  })

  it('says which statement waited too long, and for whom', async () => {
    const bed = await open({ ...options, settings: { waitTimeoutMs: 20 } })
    await bed.scope({ label: 'Reports.rebuild' }, async scope => {
      await scope.insert('scope')
      await expect(bed.dataSource.query(INSERT, ['secret'])).rejects.toMatchObject({
        code: 'AMBIT_SQLITE_WRITER_BUSY',
        waiter: 'a statement outside every transaction (INSERT)',
        holder: 'Reports.rebuild',
      })
      await expect(bed.dataSource.manager.save(Item, { name: 'x' })).rejects.toMatchObject({
        waiter: 'a transaction begun with startTransaction()',
      })
    })
    expect(await bed.names()).toEqual(['scope'])
  })

  it.each(['BEGIN', 'BEGIN IMMEDIATE', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT a', 'RELEASE a', 'ROLLBACK TO a'])(
    'refuses bare %s',
    async text => {
      const bed = await open(options)
      await expect(bed.dataSource.query(text)).rejects.toBeInstanceOf(SqliteControlStatementError)
      await bed.expectIdle()
    },
  )

  it.each([
    ['query_only = ON', 'Give the transaction readOnly: true.'],
    ['main.synchronous = OFF', "Set 'synchronous' of the data source."],
    ['busy_timeout(5000)', "Leave it out: the option 'waitTimeoutMs' bounds every wait."],
    ['foreign_keys = OFF', 'Send PRAGMA defer_foreign_keys = ON in the transaction'],
    ['recursive_triggers = ON', 'Leave it out, or set it where the connections are opened.'],
  ])('refuses PRAGMA %s, which strangers would inherit', async (setting, next) => {
    const bed = await open(options)
    const before = await settingsOf(bed)
    const error: unknown = await bed.dataSource.query(`PRAGMA ${setting}`).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SqliteControlStatementError)
    expect(String(error)).toContain('was sent as text outside every transaction; it would change the connection')
    expect(String(error)).toContain(next)
    expect(await settingsOf(bed)).toEqual(before)
    await bed.expectIdle()
  })

  it('takes pragmas that strangers do not feel, and lets whoever holds the writer switch foreign keys', async () => {
    const bed = await open(options)
    await bed.dataSource.query('PRAGMA user_version = 7')
    expect(await bed.pragma('user_version')).toBe(7)
    const runner = bed.dataSource.createQueryRunner()
    await runner.beforeMigration()
    await runner.query('PRAGMA foreign_keys = ON')
    expect(await bed.pragma('foreign_keys')).toBe(1)
    await runner.query('PRAGMA foreign_keys = OFF')
    expect(await bed.pragma('foreign_keys')).toBe(0)
    await runner.afterMigration()
    await runner.release()
    expect(await bed.pragma('foreign_keys')).toBe(1)
  })

  it('says what to do instead of a bare BEGIN', async () => {
    const bed = await open(options)
    await expect(bed.dataSource.query('begin')).rejects.toHaveProperty(
      'message',
      'BEGIN was sent as text outside every transaction; it would hit whoever uses the connection next. [AMBIT_SQLITE_CONTROL_STATEMENT]\n' +
        '  next:  Use transactional(…), dataSource.transaction(…) or queryRunner.startTransaction() instead.',
    )
  })

  it('holds the writer from startTransaction to its end', async () => {
    const bed = await open(options)
    const runner = bed.dataSource.createQueryRunner()
    await runner.startTransaction()
    expect(bed.engine.pool.usage.writer).toBe(1)
    await runner.query(INSERT, ['by hand'])
    const other = bed.scope({}, scope => scope.insert('scope'))
    await settled()
    expect(bed.engine.pool.usage.waiting).toBe(1)
    await runner.commitTransaction()
    await other
    await runner.release()
    expect(await bed.names()).toEqual(['by hand', 'scope'])
    expect(bed.log.lines.slice(0, 3)).toEqual(['BEGIN IMMEDIATE', INSERT, 'COMMIT'])
  })

  it('sets savepoints for nested startTransaction calls, as TypeORM does', async () => {
    const bed = await open(options)
    const runner = bed.dataSource.createQueryRunner()
    await runner.startTransaction()
    await runner.query(INSERT, ['outer'])
    await runner.startTransaction()
    await runner.query(INSERT, ['inner'])
    await runner.rollbackTransaction()
    expect(runner.isTransactionActive).toBe(true)
    await runner.query(INSERT, ['outer 2'])
    await runner.commitTransaction()
    expect(await bed.names()).toEqual(['outer', 'outer 2'])
    expect(bed.log.lines.filter(line => line.includes('SAVEPOINT'))).toEqual([
      'SAVEPOINT typeorm_1',
      'ROLLBACK TO SAVEPOINT typeorm_1',
    ])
  })

  it('rolls back what release() finds open', async () => {
    const bed = await open(options)
    const runner = bed.dataSource.createQueryRunner()
    await runner.startTransaction()
    await runner.query(INSERT, ['forgotten'])
    await runner.release()
    expect(runner.isReleased).toBe(true)
    await bed.expectIdle()
    expect(await bed.names()).toEqual([])
    expect(bed.log.lines).toContain('ROLLBACK')
    await expect(runner.query('SELECT 1')).rejects.toThrow('released')
    await runner.release()
  })

  itOnlyIn('main', NO_DISPOSAL)('commits on await using, as TypeORM does', async () => {
    const bed = await open(options)
    {
      await using runner = bed.dataSource.createQueryRunner()
      await runner.startTransaction()
      await runner.query(INSERT, ['a'])
    }
    expect(await bed.names()).toEqual(['a'])
  })

  it('leaves a transaction that could not begin, or end, without a trace', async () => {
    const bed = await open(options)
    const runner = bed.dataSource.createQueryRunner()
    await expect(runner.startTransaction('REPEATABLE READ')).rejects.toThrow('isolation')
    expect(runner.isTransactionActive).toBe(false)
    await expect(runner.commitTransaction()).rejects.toThrow('not started')
    await expect(runner.rollbackTransaction()).rejects.toThrow('not started')
    await bed.expectIdle()
    await runner.startTransaction('SERIALIZABLE')
    await runner.rollbackTransaction()
    await runner.release()
  })

  it('runs the statements of one runner side by side', async () => {
    const bed = await open(options)
    const runner = bed.dataSource.createQueryRunner()
    await Promise.all(['a', 'b', 'c'].map(name => runner.query(INSERT, [name])))
    await Promise.all([runner.query('SELECT 1'), runner.query(INSERT, ['d']), runner.query('SELECT 2')])
    await runner.release()
    expect(await bed.names()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('queues hand-made transactions fairly', async () => {
    const bed = await open(options)
    const run = async (name: string): Promise<void> => {
      const runner = bed.dataSource.createQueryRunner()
      await runner.startTransaction()
      await runner.query(INSERT, [`${name} 1`])
      await settled()
      await runner.query(INSERT, [`${name} 2`])
      await runner.commitTransaction()
      await runner.release()
    }
    await Promise.all(['a', 'b', 'c'].map(run))
    expect(await bed.names()).toEqual(['a 1', 'a 2', 'b 1', 'b 2', 'c 1', 'c 2'])
  })

  it('takes the writer once for a runner that is told twice to begin', async () => {
    const bed = await open({ ...options, settings: { waitTimeoutMs: 60_000 } })
    const runner = bed.dataSource.createQueryRunner()
    const twice = await Promise.allSettled([runner.startTransaction(), runner.startTransaction()])
    // What becomes of it is TypeORM's own affair; a lease must not get lost over it.
    expect(twice).toHaveLength(2)
    await runner.release()
    await bed.expectIdle()
    expect(await bed.names()).toEqual([])
  })

  it('keeps a transaction whose COMMIT a constraint refuses open for its rollback', async () => {
    const bed = await open(options)
    await bed.dataSource.query('CREATE TABLE parent (id integer primary key)')
    await bed.dataSource.query(
      'CREATE TABLE child (parent integer references parent(id) deferrable initially deferred)',
    )
    const runner = bed.dataSource.createQueryRunner()
    await runner.startTransaction()
    await runner.query('INSERT INTO child VALUES (7)')
    await expect(runner.commitTransaction()).rejects.toMatchObject({ name: 'QueryFailedError' })
    expect(runner.isTransactionActive).toBe(true)
    await runner.rollbackTransaction()
    await runner.release()
    expect(await bed.dataSource.query('SELECT * FROM child')).toEqual([])
  })

  it('does not count waiting as slowness of the statement', async () => {
    const bed = await open({ ...options, typeorm: { maxQueryExecutionTime: 1_000 } })
    const slow: string[] = []
    bed.log.logQuerySlow = (...args: unknown[]) => void slow.push(String(args[1]))
    await bed.scope({}, async scope => {
      await scope.insert('a')
      const plain = bed.dataSource.query(INSERT, ['b'])
      void plain.catch(() => undefined)
      await new Promise(resolve => setTimeout(resolve, 1_100))
    })
    await settled()
    expect(slow).toEqual([])
    expect(await bed.names()).toEqual(['a', 'b'])
  })

  it('serves TypeORM’s result cache', async () => {
    const bed = await open({ ...options, typeorm: { cache: true } })
    const items = bed.dataSource.getRepository(Item)
    await items.save({ name: 'a' })
    const cached = (): Promise<Item[]> => items.find({ cache: 60_000 })
    expect(await cached()).toHaveLength(1)
    await bed.dataSource.query('DELETE FROM "item"')
    expect(await cached()).toHaveLength(1)
    await bed.dataSource.queryResultCache?.clear()
    expect(await cached()).toHaveLength(0)
  })

  it('commits data source transactions, and rolls them back', async () => {
    const bed = await open(options)
    await bed.dataSource.transaction(manager => manager.save(Item, { name: 'a' }))
    const failing = bed.dataSource.transaction(async manager => {
      await manager.save(Item, { name: 'b' })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await bed.names()).toEqual(['a'])
  })

  it('passes TypeORM’s own errors on: a failed statement is a QueryFailedError', async () => {
    const bed = await open(options)
    await expect(bed.dataSource.query('SELEC 1')).rejects.toMatchObject({ name: 'QueryFailedError' })
    await expect(bed.dataSource.query('SELECT * FROM nowhere')).rejects.toMatchObject({ name: 'QueryFailedError' })
    await bed.expectIdle()
  })

  it('reads what only the writer knows where it is known', async () => {
    const bed = await open(options)
    await bed.dataSource.query(INSERT, ['a'])
    expect(await bed.dataSource.query('SELECT last_insert_rowid() AS id')).toEqual([{ id: 1 }])
    expect(await bed.dataSource.query('PRAGMA query_only')).toEqual([{ query_only: 0 }])
    await bed.dataSource.query('CREATE TEMP TABLE passing (id integer)')
    await bed.dataSource.query('INSERT INTO passing VALUES (7)')
    expect(await bed.dataSource.query('SELECT * FROM passing')).toEqual([{ id: 7 }])
  })

  itOnlyIn('main', NO_FUNCTIONS)('finds a function that was registered late', async () => {
    const bed = await open(options)
    await bed.names()
    const raw = bed.engine.pool.writer.raw.handle as { function(name: string, fn: () => number): void }
    raw.function('registered_late', () => 42)
    expect(await bed.dataSource.query('SELECT registered_late() AS n')).toEqual([{ n: 42 }])
  })

  it('lands a write that looks like a read exactly once', async () => {
    const bed = await open(options)
    await bed.dataSource.query('WITH n(name) AS (SELECT \'x\') REPLACE INTO "item"("name") SELECT name FROM n')
    expect(await bed.names()).toEqual(['x'])
  })

  it('reads the schema through the queue like everything else', async () => {
    const bed = await open(options)
    const runner = bed.dataSource.createQueryRunner()
    const table = await runner.getTable('item')
    expect(table?.columns.map(({ name, isGenerated }) => [name, isGenerated])).toEqual([
      ['id', true],
      ['name', false],
    ])
    expect(await runner.hasColumn('item', 'name')).toBe(true)
    await runner.release()
  })

  it('sees a changed schema on every connection', async () => {
    const bed = await open(options)
    await bed.dataSource.query(INSERT, ['a'])
    expect(await bed.dataSource.query('SELECT * FROM "item"')).toEqual([{ id: 1, name: 'a' }])
    await bed.dataSource.query('ALTER TABLE "item" ADD COLUMN extra integer DEFAULT 5')
    expect(await bed.dataSource.query('SELECT * FROM "item"')).toEqual([{ id: 1, name: 'a', extra: 5 }])
  })

  it('lets a subscriber write inside a statement of its own runner', async () => {
    const bed = await open(options)
    let inside = 0
    const told = new Set<QueryRunner>()
    bed.dataSource.subscribers.push({
      async beforeQuery(event) {
        told.add(event.queryRunner)
        if (!event.query.startsWith('INSERT') || inside > 0) return
        inside += 1
        await event.queryRunner.query(INSERT, ['by the subscriber'])
      },
    })
    const runner = bed.dataSource.createQueryRunner()
    await runner.query(INSERT, ['by the caller'])
    await runner.query('SELECT 1')
    expect([...told]).toEqual([runner])
    expect(await bed.names()).toEqual(['by the subscriber', 'by the caller'])
    await bed.scope({}, async scope => {
      inside = 0
      told.clear()
      await scope.insert('by a scope')
      expect([...told]).toEqual([scope.transaction.runner])
    })
    expect(await bed.names()).toHaveLength(4)
  })

  it(`gives the raw connection of the writer (${where})`, async () => {
    const bed = await open(options)
    const runner = bed.dataSource.createQueryRunner()
    expect(await runner.connect()).toBe(bed.engine.pool.writer.raw.handle)
    await runner.startTransaction()
    expect(await runner.connect()).toBe(bed.engine.pool.writer.raw.handle)
    await runner.release()
  })
})

describe('SQLite’s own way to end things', () => {
  const open = testBeds()

  itOnlyIn('main', NO_ITERATORS)(
    'repairs the writer when a ROLLBACK fails, before the next holder gets it',
    async () => {
      const bed = await open({ database: ':memory:' })
      const raw = bed.engine.pool.writer.raw.handle as { prepare(sql: string): { iterate(): Iterator<unknown> } }
      let rows: Iterator<unknown> | undefined
      const failing = bed.scope({}, async scope => {
        await scope.insert('a')
        rows = raw.prepare('SELECT 1 UNION SELECT 2').iterate()
        rows.next()
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('busy executing a query')
      expect(bed.engine.pool.usage.writer).toBe(0)
      await expect(bed.scope({}, scope => scope.insert('b'))).rejects.toMatchObject({
        code: 'AMBIT_SQLITE_WRITER_STUCK',
      })
      await expect(bed.names()).rejects.toMatchObject({ code: 'AMBIT_SQLITE_WRITER_STUCK' })
      rows?.return?.()
      await bed.scope({}, scope => scope.insert('c'))
      expect(await bed.names()).toEqual(['c'])
    },
  )

  it('reopens the writer of a file whose transaction cannot be rolled back', async () => {
    const bed = await open()
    const { writer } = bed.engine.pool
    const failing = bed.scope({}, async scope => {
      await scope.insert('a')
      writer.raw.run = sql => (sql === 'ROLLBACK' ? Promise.reject(new Error('disk I/O error')) : Promise.resolve())
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('disk I/O error')
    expect(bed.engine.pool.writer).not.toBe(writer)
    const { databaseConnection } = bed.dataSource.driver as unknown as { databaseConnection: unknown }
    expect(databaseConnection).toBe(bed.engine.pool.writer.raw.handle)
    await bed.dataSource.getRepository(Item).save({ name: 'b' })
    expect(await bed.names()).toEqual(['b'])
    expect(await bed.pragma('synchronous')).toBe(2)
    expect(await bed.pragma('busy_timeout')).toBe(0)
  })

  itOnlyIn('main', NO_ITERATORS)('gives the writer back when a hand-made ROLLBACK fails', async () => {
    const bed = await open()
    const runner = bed.dataSource.createQueryRunner()
    const { writer } = bed.engine.pool
    await runner.startTransaction()
    await runner.query(INSERT, ['a'])
    const raw = writer.raw.handle as { prepare(sql: string): { iterate(): Iterator<unknown> } }
    const rows = raw.prepare('SELECT 1 UNION SELECT 2').iterate()
    rows.next()
    await expect(runner.rollbackTransaction()).rejects.toThrow('busy executing a query')
    expect(bed.engine.pool.usage.writer).toBe(0)
    expect(runner.isTransactionActive).toBe(false)
    rows.return?.()
    await bed.scope({}, scope => scope.insert('b'))
    expect(await bed.names()).toEqual(['b'])
  })
})

async function settingsOf(bed: TestBed): Promise<readonly unknown[]> {
  const names = ['query_only', 'synchronous', 'busy_timeout', 'foreign_keys', 'recursive_triggers']
  const values: unknown[] = []
  for (const name of names) values.push(await bed.pragma(name))
  return values
}

class AddsPlant implements MigrationInterface {
  readonly name = 'AddsPlant1700000000001'
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE plant (id integer primary key, item integer references "item"("id"))')
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE plant')
  }
}

class Fails implements MigrationInterface {
  readonly name = 'Fails1700000000002'
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half (id integer primary key)')
    await runner.query('CREATE nonsense')
  }
  down(): Promise<void> {
    return Promise.resolve()
  }
}

describe.each(WHERE)('migrations on %s', (_, options) => {
  const open = testBeds()
  const with_ = (...migrations: unknown[]) => ({ ...options, typeorm: { migrations } })
  const tables = async (bed: TestBed): Promise<string[]> => {
    const rows: { name: string }[] = await bed.dataSource.query("SELECT name FROM sqlite_master WHERE type = 'table'")
    return rows.map(({ name }) => name)
  }

  it.each(['all', 'each', 'none'] as const)('run up and down, transactions: %s', async transaction => {
    const bed = await open(with_(AddsPlant))
    await bed.dataSource.runMigrations({ transaction })
    expect(await tables(bed)).toContain('plant')
    expect(await bed.pragma('foreign_keys')).toBe(1)
    await bed.dataSource.undoLastMigration({ transaction })
    expect(await tables(bed)).not.toContain('plant')
    expect(await bed.pragma('foreign_keys')).toBe(1)
    await bed.expectIdle()
  })

  it.each(['all', 'each'] as const)('keep foreign keys on when one fails, transactions: %s', async transaction => {
    const bed = await open(with_(Fails))
    await expect(bed.dataSource.runMigrations({ transaction })).rejects.toThrow('syntax error')
    expect(await tables(bed)).not.toContain('half')
    expect(await bed.pragma('foreign_keys')).toBe(1)
    await bed.expectIdle()
  })

  it('keep foreign keys on also when their runner is not released', async () => {
    const bed = await open(with_(Fails))
    const runner = bed.dataSource.createQueryRunner()
    await runner.beforeMigration()
    expect(await bed.pragma('foreign_keys')).toBe(0)
    expect(bed.engine.pool.usage.writer).toBe(1)
    await runner.startTransaction()
    await runner.rollbackTransaction()
    expect(await bed.pragma('foreign_keys')).toBe(1)
    await bed.expectIdle()
    await runner.afterMigration()
    await runner.release()
  })

  it('keep foreign keys on when the runner is released in the middle', async () => {
    const bed = await open(options)
    const runner = bed.dataSource.createQueryRunner()
    await runner.beforeMigration()
    await runner.release()
    expect(await bed.pragma('foreign_keys')).toBe(1)
  })

  it('keep foreign keys off over several transactions of their own', async () => {
    const bed = await open(options)
    const runner = bed.dataSource.createQueryRunner()
    await runner.beforeMigration()
    for (let round = 0; round < 2; round += 1) {
      await runner.startTransaction()
      await runner.query(INSERT, [`round ${round}`])
      await runner.commitTransaction()
      expect(await bed.pragma('foreign_keys')).toBe(0)
      expect(bed.engine.pool.usage.writer).toBe(1)
    }
    await runner.afterMigration()
    expect(await bed.pragma('foreign_keys')).toBe(1)
    await bed.expectIdle()
    await runner.release()
  })

  it('let nobody work while foreign keys are off', async () => {
    const bed = await open(options)
    const runner = bed.dataSource.createQueryRunner()
    await runner.beforeMigration()
    const scope = bed.scope({}, it => it.insert('later'))
    await settled()
    expect(bed.engine.pool.usage.waiting).toBe(1)
    await runner.afterMigration()
    await scope
    await runner.release()
    expect(await bed.names()).toEqual(['later'])
  })

  it('synchronize, and drop what there is', async () => {
    const bed = await open(options)
    await bed.dataSource.query('ALTER TABLE "item" ADD COLUMN surplus integer')
    await bed.dataSource.synchronize()
    expect(await bed.dataSource.query('PRAGMA table_info("item")')).toHaveLength(2)
    await bed.dataSource.getRepository(Item).save({ name: 'a' })
    await bed.dataSource.synchronize(true)
    expect(await bed.names()).toEqual([])
    expect(await bed.pragma('foreign_keys')).toBe(1)
  })

  it('drop the database in one go, with others waiting', async () => {
    const bed = await open(options)
    const dropping = bed.dataSource.dropDatabase()
    const reading = bed.scope({}, scope => scope.query("SELECT count(*) AS n FROM sqlite_master WHERE name = 'item'"))
    await dropping
    expect(await reading).toEqual([{ n: 0 }])
    expect(await bed.pragma('foreign_keys')).toBe(1)
  })
})

describe('work under NOT_SUPPORTED', () => {
  const open = testBeds()
  const outsideOf = (bed: TestBed, scope: TestScope): QueryRunner => bed.engine.independent('master', scope.transaction)

  it('reads committed rows only on a file, whatever the suspended transaction did', async () => {
    const bed = await open()
    await bed.scope({}, scope => scope.insert('committed'))
    await bed.scope({}, async scope => {
      await scope.insert('uncommitted')
      const runner = outsideOf(bed, scope)
      expect(await runner.query('SELECT "name" FROM "item"')).toEqual([{ name: 'committed' }])
      await runner.release()
    })
  })

  it.each(WHERE)('refuses a write at once when the suspended transaction has written, on %s', async (_, options) => {
    const bed = await open(options)
    await bed.scope({ label: 'Orders.place' }, async scope => {
      await scope.insert('uncommitted')
      const runner = outsideOf(bed, scope)
      await expect(runner.query(INSERT, ['x'])).rejects.toBeInstanceOf(SqliteSecondWriterError)
      await expect(runner.startTransaction()).rejects.toMatchObject({
        code: 'AMBIT_SQLITE_OUTSIDE_AFTER_WRITE',
        holder: 'Orders.place',
      })
      await runner.release()
      await scope.insert('more')
    })
    expect(await bed.names()).toEqual(['uncommitted', 'more'])
  })

  it('explains the refusal', async () => {
    const bed = await open()
    await bed.scope({ label: 'Orders.place' }, async scope => {
      await scope.insert('uncommitted')
      await expect(outsideOf(bed, scope).query(INSERT, ['x'])).rejects.toHaveProperty(
        'message',
        'a statement outside every transaction (INSERT) cannot run outside the suspended transaction of Orders.place: SQLite has one writer, and the uncommitted rows of Orders.place hold it. [AMBIT_SQLITE_OUTSIDE_AFTER_WRITE]\n' +
          '  where: Orders.place\n' +
          '  next:  Run it before Orders.place writes, inside the transaction, or in afterCommit(…).',
      )
    })
  })

  it('refuses a read in memory at once when the suspended transaction has written', async () => {
    const bed = await open({ database: ':memory:' })
    await bed.scope({}, async scope => {
      await scope.insert('uncommitted')
      await expect(outsideOf(bed, scope).query('SELECT * FROM "item"')).rejects.toBeInstanceOf(SqliteSecondWriterError)
    })
  })

  it.each(WHERE)(
    'borrows the writer, statement by statement, while the suspended one has only read, on %s',
    async (_, options) => {
      const bed = await open(options)
      await bed.scope({}, async scope => {
        await scope.names()
        const runner = outsideOf(bed, scope)
        await runner.query(INSERT, ['plain'])
        expect(await runner.query('SELECT "name" FROM "item"')).toEqual([{ name: 'plain' }])
        await runner.startTransaction()
        await runner.query(INSERT, ['by hand'])
        await runner.commitTransaction()
        await runner.release()
        expect(await scope.names()).toEqual(['plain', 'by hand'])
        await scope.insert('scope')
      })
      expect(await bed.names()).toEqual(['plain', 'by hand', 'scope'])
    },
  )

  it('does not stand behind the suspended transaction while that has not begun', async () => {
    const bed = await open()
    await bed.scope({}, async scope => {
      await outsideOf(bed, scope).query(INSERT, ['plain'])
      await scope.insert('scope')
    })
    expect(await bed.names()).toEqual(['plain', 'scope'])
  })

  it('reads on a connection that refuses every write', async () => {
    const bed = await open()
    const reader = await bed.engine.pool.readers?.shared()
    await expect((async () => reader?.raw.run('DELETE FROM "item"'))()).rejects.toMatchObject({
      code: 'SQLITE_READONLY',
    })
  })

  it('answers with the reader’s own error where the writer cannot be asked', async () => {
    const bed = await open()
    await bed.scope({}, async scope => {
      await scope.insert('uncommitted')
      await expect(outsideOf(bed, scope).query('SELECT * FROM nowhere')).rejects.toThrow('no such table: nowhere')
      await expect(
        outsideOf(bed, scope).query('WITH n AS (SELECT 1) REPLACE INTO "item"("name") SELECT \'x\' FROM n'),
      ).rejects.toBeInstanceOf(SqliteSecondWriterError)
    })
    expect(await bed.names()).toEqual(['uncommitted'])
  })
})
