import type { EngineSettings } from '../engine'
import { retryWhileLocked } from './busy'
import { type Connection, type DatabaseEntry, quoted } from './connection'
import type { Prompt } from '../../core/prompt'

export interface WriterSetup {
  readonly settings: EngineSettings
  /** The data source's name, for errors. */
  readonly name: string
  /** Whether the file may be switched to WAL. */
  readonly switchToWal: boolean
}

/**
 * Brings the writer into our shape: no blocking waits, `synchronous` pinned, WAL where it may be.
 * Returns whether readers may work beside it, which takes WAL in all its files: without it an open reader would make our
 * own COMMIT wait for us.
 */
export async function setUpWriter(connection: Connection, setup: WriterSetup): Promise<boolean> {
  await connection.raw.run('PRAGMA busy_timeout = 0')
  const databases = await connection.databases()
  const modes: string[] = []
  for (const database of databases) modes.push(await journalMode(connection, database, setup))
  await pinSynchronous(connection, databases, setup.settings)
  const onDisk = databases.some(({ name, file }) => name === 'main' && file !== '')
  return onDisk && modes.every(mode => mode === 'wal')
}

/** Brings a connection that TypeORM has opened beside the writer into the shape of a reader. */
export async function setUpReader(reader: Connection, writer: Connection, settings: EngineSettings): Promise<void> {
  await reader.raw.run('PRAGMA busy_timeout = 0')
  const known = new Set((await reader.databases()).map(({ name }) => name))
  for (const { name, file } of await writer.databases()) {
    if (known.has(name) || file === '') continue
    await untilUnlocked(reader, settings, `ATTACH '${file.replaceAll("'", "''")}' AS ${quoted(name)}`)
  }
  await pinSynchronous(reader, await reader.databases(), settings)
  await reader.setQueryOnly(true)
}

/** The drivers disagree on the default in WAL mode; it decides whether a commit survives a power loss. */
async function pinSynchronous(
  connection: Connection,
  databases: readonly DatabaseEntry[],
  settings: EngineSettings,
): Promise<void> {
  for (const { name } of databases) {
    await untilUnlocked(connection, settings, `PRAGMA ${quoted(name)}.synchronous = ${settings.synchronous}`)
  }
}

/** The first look at a file may find it locked for a moment: by a commit, or by a connection that opens beside this one. */
function untilUnlocked({ driver, raw }: Connection, { waitTimeoutMs }: EngineSettings, sql: string): Prompt<void> {
  const request = { who: 'the opening of a SQLite connection', timeoutMs: waitTimeoutMs, signal: undefined }
  return retryWhileLocked(driver, request, () => raw.run(sql))
}

async function journalMode(connection: Connection, { name, file }: DatabaseEntry, setup: WriterSetup): Promise<string> {
  const wanted = setup.switchToWal && file !== '' ? ' = WAL' : ''
  const request = {
    who: `the opening of data source '${setup.name}'`,
    timeoutMs: setup.settings.waitTimeoutMs,
    signal: undefined,
  }
  const [row] = await retryWhileLocked(connection.driver, request, () =>
    connection.raw.rows(`PRAGMA ${quoted(name)}.journal_mode${wanted}`),
  )
  return String(row?.['journal_mode'])
}
