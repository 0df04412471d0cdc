import type { DataSource } from 'typeorm'
import type { EngineFactory } from './engine'
import { createPostgresEngine } from './postgres/engine'
import { unsupported } from './settings'
import { betterSqlite3 } from './sqlite/better-sqlite3'
import { refuseFileUri } from './sqlite/database-file'
import { createSqliteEngine } from './sqlite/engine'
import { openPatiently } from './sqlite/patient-opening'
import type { SqliteDriverKind } from './sqlite/raw-connection'
import { refuseOptions } from './sqlite/refused-options'
import { sqlite3 } from './sqlite/sqlite3'

/** How the engine of a driver is made. */
export interface EngineKind {
  /** Refuses what would do harm once it is connected. */
  readonly check?: (name: string, dataSource: DataSource) => void
  readonly create: EngineFactory
  /** For an engine that works on the open database: has it opened. A server may still be away. */
  readonly open?: (opening: Opening) => Promise<void>
}

export interface Opening {
  /** The data source's name, for errors. */
  readonly name: string
  readonly dataSource: DataSource
  readonly waitTimeoutMs: number
  /** Opens it, in TypeORM's way. */
  open(): Promise<void>
}

/** The engine for each TypeORM driver that Ambit supports. */
const ENGINES: Readonly<Record<string, EngineKind | undefined>> = {
  postgres: { create: createPostgresEngine },
  'better-sqlite3': sqlite(betterSqlite3),
  sqlite: sqlite(sqlite3),
}

function sqlite(kind: SqliteDriverKind): EngineKind {
  return {
    check: (name, dataSource) => {
      refuseFileUri(name, dataSource)
      refuseOptions(name, dataSource, kind)
    },
    create: createSqliteEngine(kind),
    open: opening => openPatiently(kind, opening),
  }
}

/**
 * @throws InvalidDataSourceSettingsError `AMBIT_DATA_SOURCE_UNSUPPORTED`
 */
export function engineKindOf(name: string, { options }: DataSource): EngineKind {
  const kind = ENGINES[options.type]
  if (kind === undefined) throw unsupported(name, options.type)
  return kind
}
