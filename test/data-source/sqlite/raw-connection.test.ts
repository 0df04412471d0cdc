import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import {
  type DatabaseError,
  ForeignKeyViolationError,
  IntegrityViolationError,
  LockNotAvailableError,
  ReadOnlyViolationError,
  SqlError,
  UniqueViolationError,
} from 'ambit/errors'
import { translateDatabaseError } from '../../../src/data-source/database-error'
import type { RawConnection } from '../../../src/data-source/sqlite/raw-connection'
import { betterSqlite3Library } from '../../support/sqlite/better-sqlite3'
import { sqlite3Library } from '../../support/sqlite/sqlite3'
import { databasePath, removeFiles } from './harness'

// What transactions ask of a SQLite driver, of each driver. No file is opened by two libraries.

const LIBRARIES = [
  { library: betterSqlite3Library, snapshot: 'snapshot' },
  // It tells the primary code only. Ambit never gets into the situation: what may write begins IMMEDIATE.
  { library: sqlite3Library, snapshot: 'lock' },
] as const

describe.each(LIBRARIES)('a connection of $library.type', ({ library, snapshot }) => {
  let file: string
  const open: RawConnection[] = []

  const connect = async (path = file): Promise<RawConnection> => {
    const raw = library.kind.connection((await library.connect(path)).handle)
    open.push(raw)
    return raw
  }

  const failure = async (work: () => unknown): Promise<unknown> => {
    const outcome = await (async () => work())().then(
      value => ({ value }),
      (error: unknown) => ({ error }),
    )
    if ('error' in outcome) return outcome.error
    throw new Error('it should have failed')
  }

  beforeEach(async () => {
    file = databasePath()
    const raw = await connect()
    await raw.run('PRAGMA journal_mode = WAL')
    await raw.run(`CREATE TABLE parent (id integer PRIMARY KEY, name text UNIQUE NOT NULL);
      CREATE TABLE child (parent integer REFERENCES parent(id), size integer CHECK (size < 5))`)
  })
  afterEach(async () => {
    for (const raw of open.splice(0)) await raw.close().catch(() => undefined)
  })
  afterAll(removeFiles)

  it('runs a text of several statements, and answers rows', async () => {
    const raw = await connect()
    await raw.run("INSERT INTO parent(name) VALUES ('a'); INSERT INTO parent(name) VALUES ('b')")
    expect(await raw.rows('SELECT * FROM parent ORDER BY id')).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ])
    expect(await raw.rows('SELECT * FROM child')).toEqual([])
  })

  it('keeps the order of what is not awaited', async () => {
    const raw = await connect()
    const names = Array.from({ length: 200 }, (_, n) => `n${n}`)
    await Promise.all(names.map(async name => raw.run(`INSERT INTO parent(name) VALUES ('${name}')`)))
    expect((await raw.rows('SELECT name FROM parent ORDER BY id')).map(row => row['name'])).toEqual(names)
  })

  it('stops a text of several statements at the one that fails', async () => {
    const raw = await connect()
    await failure(() =>
      raw.run("INSERT INTO parent(name) VALUES ('a'); SELEC 1; INSERT INTO parent(name) VALUES ('b')"),
    )
    expect(await raw.rows('SELECT name FROM parent')).toEqual([{ name: 'a' }])
  })

  it.each(['BEGIN', 'BEGIN IMMEDIATE', 'SAVEPOINT by_hand'])('knows of a transaction after %s', async begin => {
    const raw = await connect()
    expect(await raw.inTransaction()).toBe(false)
    await raw.run(begin)
    await raw.run("INSERT INTO parent(name) VALUES ('a')")
    expect(await raw.inTransaction()).toBe(true)
    // Asking has not ended it.
    expect(await (await connect()).rows('SELECT * FROM parent')).toEqual([])
    await raw.run('ROLLBACK')
    expect(await raw.inTransaction()).toBe(false)
    expect(await raw.rows('SELECT * FROM parent')).toEqual([])
  })

  it('asking leaves no transaction open', async () => {
    const raw = await connect()
    expect([await raw.inTransaction(), await raw.inTransaction()]).toEqual([false, false])
    await (await connect()).run('BEGIN EXCLUSIVE; ROLLBACK')
  })

  it.each([
    ['OR ROLLBACK', "INSERT OR ROLLBACK INTO parent(name) VALUES ('a')"],
    ['RAISE(ROLLBACK)', 'INSERT INTO child VALUES (NULL, 1)'],
  ])('knows that a transaction is gone after %s', async (_, statement) => {
    const raw = await connect()
    await raw.run("INSERT INTO parent(name) VALUES ('a')")
    await raw.run("CREATE TRIGGER no_child BEFORE INSERT ON child BEGIN SELECT RAISE(ROLLBACK, 'no child'); END")
    await raw.run("BEGIN IMMEDIATE; INSERT INTO parent(name) VALUES ('b')")
    await failure(() => raw.run(statement))
    expect(await raw.inTransaction()).toBe(false)
    expect(await raw.rows('SELECT name FROM parent')).toEqual([{ name: 'a' }])
  })

  it('still knows of it after a statement that failed without ending it', async () => {
    const raw = await connect()
    await raw.run("INSERT INTO parent(name) VALUES ('a')")
    await raw.run('BEGIN IMMEDIATE')
    await failure(() => raw.run("INSERT INTO parent(name) VALUES ('a')"))
    expect(await raw.inTransaction()).toBe(true)
    await raw.run('COMMIT')
  })

  it('tells a lock of another connection, at once', async () => {
    const [holder, raw] = [await connect(), await connect()]
    await holder.run('BEGIN IMMEDIATE')
    const error = await failure(() => raw.run('BEGIN IMMEDIATE'))
    expect(library.kind.busyKind(error)).toBe('lock')
    expect(translateDatabaseError(error, 'Test')).toBeInstanceOf(LockNotAvailableError)
    await holder.run('COMMIT')
    await raw.run('BEGIN IMMEDIATE; COMMIT')
  })

  it('tells a lock of another process', async () => {
    const raw = await connect()
    const child = await holding(file, library.type)
    expect(library.kind.busyKind(await failure(() => raw.run('BEGIN IMMEDIATE')))).toBe('lock')
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
    await raw.run('BEGIN IMMEDIATE; COMMIT')
  })

  it(`tells a stale snapshot as a ${snapshot}`, async () => {
    const [raw, other] = [await connect(), await connect()]
    await raw.run('BEGIN')
    await raw.rows('SELECT * FROM parent')
    await other.run("INSERT INTO parent(name) VALUES ('theirs')")
    expect(library.kind.busyKind(await failure(() => raw.run("INSERT INTO parent(name) VALUES ('ours')")))).toBe(
      snapshot,
    )
    await raw.run('ROLLBACK')
  })

  it.each([
    ['a unique constraint', "INSERT INTO parent(name) VALUES ('a')", UniqueViolationError],
    ['a primary key', "INSERT INTO parent VALUES (1, 'b')", UniqueViolationError],
    ['a foreign key', 'INSERT INTO child VALUES (7, 1)', ForeignKeyViolationError],
    ['a missing value', 'INSERT INTO parent(name) VALUES (NULL)', IntegrityViolationError],
    ['a check', 'INSERT INTO child VALUES (1, 9)', IntegrityViolationError],
    ['SQL that it does not know', 'SELEC 1', SqlError],
    ['a table that is not there', 'SELECT * FROM nowhere', SqlError],
    ['a write where only reading is allowed', 'DELETE FROM parent', ReadOnlyViolationError],
  ])('its errors have one class each: %s', async (_, statement, Expected) => {
    const raw = await connect()
    await raw.run("PRAGMA foreign_keys = ON; INSERT INTO parent VALUES (1, 'a')")
    if (Expected === ReadOnlyViolationError) await raw.run('PRAGMA query_only = ON')
    const error = await failure(() => raw.run(statement))
    expect(library.kind.busyKind(error)).toBeUndefined()
    const translated = translateDatabaseError(error, 'Test') as DatabaseError
    expect(translated.constructor).toBe(Expected)
    expect(translated.cause).toBe(error)
  })

  it('gives its locks up when it is closed, and answers nothing afterwards', async () => {
    const [holder, raw] = [await connect(), await connect()]
    await holder.run("BEGIN IMMEDIATE; INSERT INTO parent(name) VALUES ('never committed')")
    await holder.close()
    await raw.run('BEGIN IMMEDIATE; COMMIT')
    expect(await raw.rows('SELECT * FROM parent')).toEqual([])
    await expect((async () => holder.rows('SELECT 1'))()).rejects.toThrow(/not open|closed/)
  })
})

/** A process with a write lock on the file, once it has it. */
async function holding(file: string, library: string): Promise<ChildProcess> {
  const child = fork(join(__dirname, 'lock-holder.cjs'), [file, library], { execArgv: [] })
  await once(child, 'message')
  return child
}
