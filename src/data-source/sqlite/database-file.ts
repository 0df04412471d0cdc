import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { DataSource } from 'typeorm'
import { SqliteSetupError } from './errors'

/**
 * Whether two data sources are SQLite and on one file, whatever their paths look like. Two libraries, or two writers, on
 * one file in one process drop each other's locks, so an application refuses such a pair.
 */
export function sameDatabaseFile(one: DataSource, other: DataSource): boolean {
  const file = databaseFile(one)
  return file !== undefined && file === databaseFile(other)
}

/**
 * Refuses data sources that share a SQLite file, all pairs in one error.
 *
 * @throws SqliteSetupError `AMBIT_SQLITE_SHARED_FILE`
 */
export function refuseSharedFiles(dataSources: ReadonlyMap<string, DataSource>): void {
  const all = [...dataSources]
  const pairs = all.flatMap(([name, dataSource], index) =>
    all
      .slice(index + 1)
      .filter(([, other]) => sameDatabaseFile(dataSource, other))
      .map(([other]) => `'${name}' and '${other}'`),
  )
  if (pairs.length === 0) return
  throw new SqliteSetupError('AMBIT_SQLITE_SHARED_FILE', {
    what: `Data sources share a SQLite file: ${pairs.join(', ')}. Each would have a writer of its own, and wait for the other's.`,
    next: 'Give one data source all the entities of the file.',
  })
}

/**
 * Refuses `file:` URIs: better-sqlite3 creates a file of that very name on disk.
 *
 * @throws SqliteSetupError `AMBIT_SQLITE_FILE_URI`
 */
export function refuseFileUri(name: string, { options }: DataSource): void {
  const { database } = options as { database?: unknown }
  if (typeof database !== 'string' || !/^file:/i.test(database)) return
  throw new SqliteSetupError('AMBIT_SQLITE_FILE_URI', {
    what: `The database of '${name}' is a file: URI, which the driver takes for a plain file name and creates on disk.`,
    where: `data source '${name}'`,
    next: "Write the path itself ('data/app.db'), or ':memory:'; a database in memory cannot be shared between data sources.",
  })
}

/** What identifies a file on disk; `undefined` for databases in memory and other kinds of database. */
function databaseFile({ options }: DataSource): string | undefined {
  const { database } = options as { database?: unknown }
  if (!SQLITE_TYPES.has(options.type) || typeof database !== 'string' || IN_MEMORY.has(database)) return undefined
  const path = resolve(database)
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  // By inode: a hard link is the same file too.
  return found === undefined ? join(realDirectory(dirname(path)), basename(path)) : `${found.dev}:${found.ino}`
}

function realDirectory(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

const SQLITE_TYPES: ReadonlySet<string> = new Set(['better-sqlite3', 'sqlite'])
const IN_MEMORY: ReadonlySet<string> = new Set(['', ':memory:'])
