import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { bootstrap, type DataSourceSettings } from 'ambit'
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { lane } from '#lane'
import { silentLogger } from '../../support/engines'
import { sqliteOptions } from '../../support/lanes/sqlite-options'

// TypeORM switches a file to WAL as it opens it, and attaches files: SQLite refuses both while somebody has a file locked.

@Entity()
class Coin {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string
}

@Entity({ database: 'attached.db' })
class Stamp {
  @PrimaryGeneratedColumn()
  id!: number
}

interface Lock {
  release(): Promise<void>
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ambit-opening-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = (name = 'main.db'): string => join(folder, name)

/** A connection that keeps everybody out of a file without WAL. */
async function lock(name?: string): Promise<Lock> {
  const connection = await lane.sqlite.connect(file(name))
  await connection.exec('CREATE TABLE taken (id integer); BEGIN EXCLUSIVE')
  return {
    release: async () => {
      await connection.exec('COMMIT')
      await connection.close()
    },
  }
}

/** Starts while the lock is held, and releases it when the event loop has turned a while; answers the files in use. */
async function startBeside(held: Lock, database: DataSourceSettings): Promise<readonly string[]> {
  let turns = 0
  let released: Promise<void> | undefined
  const timer = setInterval(() => {
    turns += 1
    if (turns === 10) released = held.release()
  }, 1)
  try {
    const app = await bootstrap({ database, logger: silentLogger })
    expect(turns).toBeGreaterThanOrEqual(10)
    await released
    try {
      const dataSource = app.get(DataSource)
      expect(await dataSource.query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }])
      const databases: { file: string }[] = await dataSource.query('PRAGMA database_list')
      return databases.map(({ file: path }) => basename(path))
    } finally {
      await app.close()
    }
  } finally {
    clearInterval(timer)
  }
}

const own = (options: object, entities: (new () => object)[]): DataSource =>
  new DataSource({ ...sqliteOptions(file()), ...options, entities })

describe('a start while somebody has the file locked', () => {
  it('waits, and has its file in WAL mode', async () => {
    const settings = { url: `sqlite:${file()}`, entities: [Coin], schema: 'create' } as const
    expect(await startBeside(await lock(), settings)).toEqual(['main.db'])
  })

  it('waits with a DataSource of the user’s own, and gives its driver back as it was', async () => {
    const dataSource = own({ enableWAL: true }, [Coin])
    const methods = Object.getOwnPropertyNames(dataSource.driver).filter(name => name in TAKEN)
    await startBeside(await lock(), { dataSource, schema: 'create' })
    expect(Object.getOwnPropertyNames(dataSource.driver).filter(name => name in TAKEN)).toEqual(methods)
  })

  it('waits for a file that an entity names', async () => {
    const held = await lock('attached.db')
    const settings = { url: `sqlite:${file()}`, entities: [Coin, Stamp], schema: 'none' } as const
    expect(await startBeside(held, settings)).toEqual(['main.db', 'attached.db'])
  })

  it('waits as long as it may, and says so', async () => {
    const held = await lock()
    const dataSource = own({ enableWAL: true }, [Coin])
    const start = bootstrap({
      database: { dataSource },
      waitTimeoutMs: 20,
      logger: silentLogger,
    })
    await expect(start).rejects.toMatchObject({ code: 'AMBIT_SQLITE_FILE_LOCKED' })
    expect(Object.getOwnPropertyNames(dataSource.driver).filter(name => name in TAKEN)).toEqual([])
    await held.release()
    const app = await bootstrap({ database: { dataSource, schema: 'create' }, logger: silentLogger })
    await app.close()
  })

  it('waits for an entity’s file as long as it may, and says so', async () => {
    const held = await lock('attached.db')
    const start = bootstrap({
      database: { url: `sqlite:${file()}`, entities: [Stamp] },
      waitTimeoutMs: 20,
      logger: silentLogger,
    })
    await expect(start).rejects.toMatchObject({ code: 'AMBIT_SQLITE_FILE_LOCKED' })
    await held.release()
  })
})

const TAKEN = { createDatabaseConnection: true, attachDatabases: true }
