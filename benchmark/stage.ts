import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Client } from 'pg'
import { APPLICATION_NAME, type Target } from './peers/peer'
import type { Observed } from './proof'
import { StatementTally } from './statement-tally'
import { TABLE, USERS } from './user'
import { WireTap } from './wire-tap'
import type { Engine } from './workloads/workload'

/** A database for one measurement, made before it and removed after it. */
export interface Stage {
  /** For the clock. */
  readonly direct: Target
  /** For the proof: all that goes to the database is seen. */
  readonly watched: Target
  readonly observed: Observed
  /** What the numbers depend on: versions and durability. */
  readonly facts: readonly string[]
  /** The server's processes that serve the benchmark now. */
  backends(): Promise<readonly number[]>
  close(): Promise<void>
}

export function openStage(engine: Engine, url: string): Promise<Stage> {
  return STAGES[engine](url)
}

const STAGES = { postgres: onPostgres, sqlite: onSqlite } as const satisfies Record<
  Engine,
  (url: string) => Promise<Stage>
>

async function onPostgres(url: string): Promise<Stage> {
  const observer = new Client({ connectionString: url, application_name: 'ambit_bench_observer' })
  await observer.connect()
  await observer.query(`DROP TABLE IF EXISTS ${TABLE}; ${CREATE}`)
  for (const { username } of USERS) await observer.query(`INSERT INTO ${TABLE} VALUES (DEFAULT, $1, true)`, [username])
  const tap = await WireTap.start(url)
  return {
    direct: { url, onStatement: undefined },
    watched: { url: tap.url, onStatement: undefined },
    observed: tap,
    facts: await serverFacts(observer),
    backends: async () => {
      const { rows } = await observer.query<{ pid: number }>(BACKENDS, [APPLICATION_NAME])
      return rows.map(({ pid }) => pid)
    },
    close: async () => {
      await tap.close()
      await observer.query(`DROP TABLE ${TABLE}`)
      await observer.end()
    },
  }
}

const CREATE = `CREATE TABLE ${TABLE} (id serial PRIMARY KEY, username varchar NOT NULL UNIQUE, active boolean NOT NULL)`

const BACKENDS = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = $1 ORDER BY pid`

async function serverFacts(observer: Client): Promise<readonly string[]> {
  const settings = ['server_version', 'fsync', 'synchronous_commit']
  const { rows } = await observer.query<{ text: string }>(
    `SELECT name || ' ' || setting AS text FROM pg_settings WHERE name = ANY ($1) ORDER BY array_position($1, name)`,
    [settings],
  )
  return [`PostgreSQL: ${rows.map(({ text }) => text).join(', ')}`]
}

async function onSqlite(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'ambit-bench-'))
  const observed = new StatementTally()
  return {
    direct: { url: folder, onStatement: undefined },
    watched: { url: folder, onStatement: text => observed.add(text) },
    observed,
    facts: [`SQLite ${sqliteVersion()}`],
    backends: async () => [],
    close: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

function sqliteVersion(): string {
  const database = new Database(':memory:')
  try {
    return String(database.prepare('SELECT sqlite_version()').pluck().get())
  } finally {
    database.close()
  }
}
