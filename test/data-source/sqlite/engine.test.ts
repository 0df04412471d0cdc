import { existsSync, linkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { DataSource, type DataSourceOptions } from 'typeorm'
import { lane } from '#lane'
import { refuseSharedFiles, sameDatabaseFile } from '../../../src/data-source/sqlite/database-file'
import { SqliteClosedError, SqliteSerializationError, SqliteSetupError } from '../../../src/data-source/sqlite/errors'
import { itOnlyIn } from '../../support/lanes/only-in'
import { databasePath, Item, latch, NO_PREPARE, settled, StatementLog, takeOver, testBeds } from './harness'

const open = testBeds()
interface RawDatabase {
  exec(sql: string): void
  function(name: string, fn: () => number): void
}

const SETTINGS = { waitTimeoutMs: 1_000, readers: 3, synchronous: 'FULL' } as const

const TIMEOUT = { 'better-sqlite3': 'timeout', sqlite: 'busyTimeout' } as const
/** SQLITE_OPEN_READONLY, for the library that takes flags. */
const READ_ONLY = { 'better-sqlite3': { readonly: true }, sqlite: { flags: 1 } } as const

function dataSourceOf(options: Record<string, unknown>): DataSource {
  return new DataSource({ type: lane.sqlite.type, entities: [Item], ...options } as unknown as DataSourceOptions)
}

describe('taking over a data source', () => {
  it('puts a file into WAL mode, and opens readers when they are needed', async () => {
    const bed = await open()
    expect(await bed.pragma('journal_mode')).toBe('wal')
    expect(bed.engine.pool.readers?.opened).toBe(0)
    await bed.names()
    expect(bed.engine.pool.readers?.opened).toBe(1)
    await bed.scope({ readOnly: true }, scope => scope.names())
    expect(bed.engine.pool.readers?.opened).toBe(2)
  })

  it.each([
    ['a database in memory', { database: ':memory:' }],
    ['a temporary database', { database: '' }],
    ['a file whose options forbid WAL', { typeorm: { enableWAL: false } }],
    ['no readers wanted', { settings: { readers: 0 } }],
  ] as const)('has no readers for %s', async (_, options) => {
    const bed = await open(options)
    expect(bed.engine.pool.readers).toBeUndefined()
    await bed.scope({ readOnly: true }, async scope => {
      await scope.names()
      expect(bed.engine.pool.usage).toEqual({ writer: 1, readers: 0, waiting: 0 })
    })
  })

  it('has readers for a file that is in WAL mode though the options forbid switching', async () => {
    const database = databasePath()
    const first = await lane.sqlite.connect(database)
    await first.query('PRAGMA journal_mode = WAL')
    await first.close()
    const bed = await open({ database, typeorm: { enableWAL: false } })
    expect(bed.engine.pool.readers).toBeDefined()
  })

  it('reads a file that may only be read', async () => {
    const database = databasePath()
    const first = await open({ database })
    await first.scope({}, scope => scope.insert('a'))
    await first.close()
    const bed = await open({ database, typeorm: { ...READ_ONLY[lane.sqlite.type], synchronize: false } })
    expect(await bed.names()).toEqual(['a'])
    await expect(bed.scope({}, scope => scope.insert('b'))).rejects.toThrow('readonly')
    expect(await bed.scope({ readOnly: true }, scope => scope.names())).toEqual(['a'])
  })

  it.each([
    ['FULL', 2],
    ['NORMAL', 1],
  ] as const)('pins synchronous to %s on every connection', async (synchronous, value) => {
    const bed = await open({ settings: { synchronous } })
    expect(await bed.pragma('synchronous')).toBe(value)
    await bed.scope({ readOnly: true }, async scope => {
      expect(await scope.query('PRAGMA synchronous')).toEqual([{ synchronous: value }])
    })
  })

  itOnlyIn('main', NO_PREPARE).each([
    ['FULL', 2],
    ['NORMAL', 1],
  ] as const)('pins synchronous to %s on every connection, attached files included', async (synchronous, value) => {
    const attached = databasePath()
    const bed = await open({
      settings: { synchronous },
      typeorm: { prepareDatabase: (raw: RawDatabase) => raw.exec(`ATTACH '${attached}' AS more`) },
    })
    await bed.dataSource.query('CREATE TABLE more.thing (id integer)')
    for (const database of ['main', 'more']) {
      expect(await bed.pragma(`${database}.synchronous`)).toBe(value)
      await bed.scope({ readOnly: true }, async scope => {
        expect(await scope.query(`PRAGMA ${database}.synchronous`)).toEqual([{ synchronous: value }])
      })
    }
  })

  it('never lets SQLite itself wait', async () => {
    const bed = await open({ typeorm: { [TIMEOUT[lane.sqlite.type]]: 4_000 } })
    expect(await bed.pragma('busy_timeout')).toBe(0)
    await bed.scope({ readOnly: true }, async scope => {
      expect(await scope.query('PRAGMA busy_timeout')).toEqual([{ timeout: 0 }])
    })
  })

  it('lets readers see attached files, also those attached by a statement', async () => {
    const [attached, later] = [databasePath(), databasePath()]
    const bed = await open()
    await bed.dataSource.query(`ATTACH '${attached}' AS first`)
    await bed.dataSource.query('CREATE TABLE first.thing (id integer)')
    expect(await bed.dataSource.query('SELECT * FROM first.thing')).toEqual([])
    await bed.names()
    await bed.dataSource.query(`ATTACH '${later}' AS second`)
    await bed.dataSource.query('CREATE TABLE second.thing (id integer)')
    await bed.dataSource.query('INSERT INTO second.thing VALUES (1)')
    // The reader is older than the attachment: the writer answers.
    expect(await bed.dataSource.query('SELECT * FROM second.thing')).toEqual([{ id: 1 }])
  })

  itOnlyIn('main', NO_PREPARE)('has no readers when an attached file is not in WAL mode', async () => {
    const attached = databasePath()
    const bed = await open({
      typeorm: {
        enableWAL: false,
        prepareDatabase: (raw: RawDatabase) => {
          raw.exec('PRAGMA journal_mode = WAL')
          raw.exec(`ATTACH '${attached}' AS more`)
        },
      },
    })
    await bed.dataSource.query('CREATE TABLE more.thing (id integer)')
    expect(bed.engine.pool.readers).toBeUndefined()
  })

  itOnlyIn('main', NO_PREPARE)('runs prepareDatabase on every connection', async () => {
    let prepared = 0
    const bed = await open({
      typeorm: {
        prepareDatabase: (raw: RawDatabase) => {
          prepared += 1
          raw.function('forty_two', () => 42)
        },
      },
    })
    expect(await bed.dataSource.query('SELECT forty_two() AS n')).toEqual([{ n: 42 }])
    expect(await bed.scope({ readOnly: true }, scope => scope.query('SELECT forty_two() AS n'))).toEqual([{ n: 42 }])
    expect(prepared).toBe(3)
  })

  it('refuses a data source with an open transaction, and leaves it alone', async () => {
    const dataSource = await dataSourceOf({ database: ':memory:', synchronize: true }).initialize()
    const runner = dataSource.createQueryRunner()
    await runner.startTransaction()
    await expect(takeOver('default', dataSource, SETTINGS)).rejects.toMatchObject({
      code: 'AMBIT_SQLITE_OPEN_TRANSACTION',
    })
    await runner.query('INSERT INTO "item"("name") VALUES (\'a\')')
    await runner.commitTransaction()
    expect(await dataSource.getRepository(Item).count()).toBe(1)
    await dataSource.destroy()
  })

  it('fails when the file stays locked, and leaves the data source alone', async () => {
    const database = databasePath()
    const foreign = await lane.sqlite.connect(database)
    await foreign.exec('CREATE TABLE t (id integer); BEGIN EXCLUSIVE')
    const dataSource = await dataSourceOf({
      database,
      ...(lane.sqlite.type === 'better-sqlite3' ? { timeout: 0 } : {}),
    }).initialize()
    const taking = takeOver('default', dataSource, { ...SETTINGS, waitTimeoutMs: 20 })
    await expect(taking).rejects.toMatchObject({
      code: 'AMBIT_SQLITE_FILE_LOCKED',
      waiter: "the opening of data source 'default'",
    })
    await foreign.exec('COMMIT')
    await foreign.close()
    expect(await dataSource.query('SELECT * FROM t')).toEqual([])
    await dataSource.destroy()
  })

  it('sends a runner that somebody got before through the queue too', async () => {
    const log = new StatementLog()
    const dataSource = await dataSourceOf({ database: databasePath(), synchronize: true, logger: log }).initialize()
    const early = dataSource.createQueryRunner()
    const engine = await takeOver('default', dataSource, SETTINGS)
    const { runner } = engine.open({
      id: '1',
      label: 'Scope',
      isolation: undefined,
      readOnly: false,
      single: undefined,
      outer: undefined,
      waitTimeoutMs: 1_000,
      signal: undefined,
      remainingMs: () => undefined,
      onControl: () => undefined,
      addHook: () => undefined,
    })
    expect(runner).not.toBe(early)
    await early.startTransaction()
    expect(early.isTransactionActive).toBe(true)
    await early.manager.save(Item, { name: 'a' })
    expect(await dataSource.getRepository(Item).count()).toBe(0)
    await early.commitTransaction()
    expect(early.isTransactionActive).toBe(false)
    await early.release()
    expect(await early.query('SELECT "name" FROM "item"')).toEqual([{ name: 'a' }])
    await engine.close()
    expect(await early.query('SELECT "name" FROM "item"')).toEqual([{ name: 'a' }])
    await dataSource.destroy()
  })

  it('offers every isolation level: SQLite gives the strongest to all', async () => {
    const { engine } = await open()
    expect(engine.isolationLevels).toEqual(['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'])
    expect(engine.defaultIsolation).toBe('SERIALIZABLE')
    expect(engine.name).toBe('default')
  })
})

describe('what a repetition may cure', () => {
  const coded = (code: string): Error => Object.assign(new Error(code), { code })

  it.each([
    ['a stale snapshot', coded('SQLITE_BUSY_SNAPSHOT'), true],
    [
      'a stale snapshot inside TypeORM’s error',
      Object.assign(new Error(), { driverError: coded('SQLITE_BUSY_SNAPSHOT') }),
      true,
    ],
    ['a foreign commit', new SqliteSerializationError('A', 'B'), true],
    ['a foreign commit as a cause', new Error('outer', { cause: new SqliteSerializationError('A', 'B') }), true],
    ['a locked file', coded('SQLITE_BUSY'), false],
    ['a constraint', coded('SQLITE_CONSTRAINT_UNIQUE'), false],
    ['anything else', new Error('no'), false],
    ['no error at all', undefined, false],
  ])('%s', async (_, error, transient) => {
    const { engine } = await open({ database: ':memory:' })
    expect(engine.isTransient(error)).toBe(transient)
    expect(engine.isTimeout()).toBe(false)
  })
})

describe('the end of a data source', () => {
  it('closes readers and writer, and removes the WAL file', async () => {
    const bed = await open()
    await bed.names()
    await bed.scope({ readOnly: true }, scope => scope.names())
    const { readers, writer } = bed.engine.pool
    expect(existsSync(`${bed.database}-wal`)).toBe(true)
    await bed.dataSource.destroy()
    await expect((async () => writer.raw.rows('SELECT 1'))()).rejects.toThrow(/not open|closed/)
    expect(readers?.opened).toBe(0)
    expect(existsSync(`${bed.database}-wal`)).toBe(false)
  })

  it('waits for the scope that is under way, and refuses those in the queue', async () => {
    const bed = await open()
    const [wrote, mayEnd] = [latch(), latch()]
    const running = bed.scope({}, async scope => {
      await scope.insert('a')
      wrote.open()
      await mayEnd.opened
      await scope.insert('b')
    })
    await wrote.opened
    const waiting = bed.scope({}, scope => scope.insert('c'))
    await settled()
    const destroying = bed.dataSource.destroy()
    await expect(waiting).rejects.toBeInstanceOf(SqliteClosedError)
    await expect(bed.scope({}, scope => scope.insert('d'))).rejects.toBeInstanceOf(SqliteClosedError)
    await expect(bed.dataSource.query('SELECT 1')).rejects.toBeInstanceOf(SqliteClosedError)
    await expect(bed.scope({ readOnly: true }, scope => scope.names())).rejects.toBeInstanceOf(SqliteClosedError)
    mayEnd.open()
    await running
    await destroying
    const after = await lane.sqlite.connect(bed.database)
    expect(await after.query('SELECT name FROM item')).toEqual([{ name: 'a' }, { name: 'b' }])
    await after.close()
  })

  it('waits no longer than the bound: what is open then is rolled back', async () => {
    const bed = await open({ settings: { waitTimeoutMs: 20 } })
    const runner = bed.dataSource.createQueryRunner()
    await runner.startTransaction()
    await runner.query('INSERT INTO "item"("name") VALUES (\'forgotten\')')
    await bed.dataSource.destroy()
    const after = await lane.sqlite.connect(bed.database)
    expect(await after.query('SELECT name FROM item')).toEqual([])
    await after.close()
  })

  it('begins anew when the data source is initialised again', async () => {
    const bed = await open()
    await bed.scope({}, scope => scope.insert('a'))
    await bed.dataSource.destroy()
    await bed.dataSource.initialize()
    await bed.scope({}, scope => scope.insert('b'))
    await bed.dataSource.getRepository(Item).save({ name: 'c' })
    expect(await bed.names()).toEqual(['a', 'b', 'c'])
    expect(await bed.pragma('busy_timeout')).toBe(0)
  })

  it('gives a data source back as it was when only the engine is closed', async () => {
    const bed = await open({ typeorm: { [TIMEOUT[lane.sqlite.type]]: 1_234 } })
    await bed.names()
    const { readers } = bed.engine.pool
    await bed.engine.close()
    await bed.engine.close()
    expect(readers?.opened).toBe(0)
    expect(Object.hasOwn(bed.dataSource.driver, 'createQueryRunner')).toBe(false)
    expect(await bed.pragma('busy_timeout')).toBe(1_234)
    await bed.dataSource.getRepository(Item).save({ name: 'a' })
    expect(await bed.names()).toEqual(['a'])
    await bed.dataSource.destroy()
    await bed.engine.close()
  })

  it('can be taken over again after that', async () => {
    const bed = await open()
    await bed.engine.close()
    const engine = await takeOver('again', bed.dataSource, SETTINGS)
    await bed.dataSource.getRepository(Item).save({ name: 'a' })
    expect(await bed.names()).toEqual(['a'])
    await engine.close()
  })
})

describe('TypeORM’s transaction events', () => {
  it('surround BEGIN, and may run statements on both sides of it', async () => {
    const bed = await open()
    const events: string[] = []
    bed.dataSource.subscribers.push({
      beforeTransactionStart: () => {
        events.push(`before start, ${bed.log.lines.length} sent`)
      },
      afterTransactionStart: () => {
        events.push(`after start: ${bed.log.lines.join()}`)
      },
    })
    await bed.scope({}, scope => scope.insert('a'))
    expect(events).toEqual(['before start, 0 sent', 'after start: BEGIN IMMEDIATE'])
  })

  it('give the writer back when a listener fails before BEGIN', async () => {
    const bed = await open()
    bed.dataSource.subscribers.push({
      beforeTransactionStart: () => Promise.reject(new Error('listener')),
    })
    await expect(bed.scope({}, scope => scope.insert('a'))).rejects.toThrow('listener')
    await bed.expectIdle()
    bed.dataSource.subscribers.length = 0
    expect(await bed.names()).toEqual([])
  })

  it('roll back when a listener fails after BEGIN', async () => {
    const bed = await open()
    bed.dataSource.subscribers.push({
      afterTransactionStart: () => Promise.reject(new Error('listener')),
    })
    await expect(bed.scope({}, scope => scope.insert('a'))).rejects.toThrow('listener')
    bed.dataSource.subscribers.length = 0
    expect(await bed.names()).toEqual([])
  })
})

describe('two data sources on one file', () => {
  const file = (): string => {
    const path = databasePath()
    writeFileSync(path, '')
    return path
  }

  it('are told by the file, not by the path', () => {
    const path = file()
    const [symbolic, hard] = [join(path, '..', 'symbolic.db'), join(path, '..', 'hard.db')]
    symlinkSync(path, symbolic)
    linkSync(path, hard)
    const base = dataSourceOf({ database: path })
    for (const database of [relative(process.cwd(), path), symbolic, hard]) {
      expect(sameDatabaseFile(base, dataSourceOf({ database }))).toBe(true)
    }
    expect(sameDatabaseFile(base, dataSourceOf({ database: file() }))).toBe(false)
  })

  it('are told also before the file exists', () => {
    const path = databasePath()
    const directory = join(path, '..', 'link')
    symlinkSync(join(path, '..'), directory)
    expect(
      sameDatabaseFile(dataSourceOf({ database: path }), dataSourceOf({ database: join(directory, 'test.db') })),
    ).toBe(true)
    expect(sameDatabaseFile(dataSourceOf({ database: path }), dataSourceOf({ database: `${path}2` }))).toBe(false)
    const away = join(path, 'no', 'such', 'place.db')
    expect(sameDatabaseFile(dataSourceOf({ database: away }), dataSourceOf({ database: away }))).toBe(true)
  })

  it('are no matter in memory, or for another kind of database', () => {
    const memory = dataSourceOf({ database: ':memory:' })
    expect(sameDatabaseFile(memory, memory)).toBe(false)
    const postgres = new DataSource({ type: 'postgres', database: 'app' })
    expect(sameDatabaseFile(postgres, postgres)).toBe(false)
  })

  it('are refused, all pairs in one error', () => {
    const [a, b] = [file(), file()]
    const all = new Map([
      ['default', dataSourceOf({ database: a })],
      ['reporting', dataSourceOf({ database: a })],
      ['other', dataSourceOf({ database: b })],
      ['more', dataSourceOf({ database: b })],
    ])
    expect(() => refuseSharedFiles(all)).toThrow(SqliteSetupError)
    expect(() => refuseSharedFiles(all)).toThrow(
      "Data sources share a SQLite file: 'default' and 'reporting', 'other' and 'more'. Each would have a writer of its own, and wait for the other's. [AMBIT_SQLITE_SHARED_FILE]",
    )
    all.delete('reporting')
    all.delete('more')
    expect(() => refuseSharedFiles(all)).not.toThrow()
  })
})
