import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Client } from 'pg'
import { CREATE_ITEMS, DROP_ITEMS, FILL_ITEMS, ITEMS, PARTS } from './item'
import { APPLICATION_NAME, type Target } from './peers/peer'
import type { Observed } from './proof'
import { StatementTally } from './statement-tally'
import { TABLE, USERS } from './user'
import { WireTap } from './wire-tap'
import type { Engine, Workload } from './workloads/workload'

/** A database, or none, for one measurement, made before it and removed after it. */
export interface Stage {
  /** For the clock. */
  readonly direct: Target
  /** For the proof: all that goes to the database is seen. */
  readonly watched: Target
  readonly observed: Observed
  /** What the numbers depend on: versions and durability. */
  readonly facts: readonly string[]
  /** What the work has set in its sessions, as the server says it. */
  readonly session: readonly string[]
  /** The server's processes that serve the benchmark now. */
  backends(): Promise<readonly number[]>
  close(): Promise<void>
}

type Needs = Pick<Workload, 'engine' | 'session' | 'rows'>

export function openStage({ engine, session = {}, rows }: Needs, url: string): Promise<Stage> {
  return STAGES[engine](url, { settings: Object.keys(session), rows })
}

interface Wanted {
  readonly settings: readonly string[]
  readonly rows: number | undefined
}

const STAGES = { postgres: onPostgres, sqlite: onSqlite, none: onNothing } as const satisfies Record<
  Engine,
  (url: string, wanted: Wanted) => Promise<Stage>
>

async function onPostgres(url: string, { settings, rows }: Wanted): Promise<Stage> {
  const observer = new Client({ connectionString: url, application_name: 'ambit_bench_observer' })
  await observer.connect()
  await observer.query(`DROP TABLE IF EXISTS ${TABLE}; ${CREATE}`)
  await fillItems(observer)
  for (const { username } of USERS) await observer.query(`INSERT INTO ${TABLE} VALUES (DEFAULT, $1, true)`, [username])
  if (rows !== undefined) await observer.query(FILL, [USERS.length + 1, rows])
  const tap = await WireTap.start(url)
  return {
    direct: { url, onStatement: undefined },
    watched: { url: tap.url, onStatement: undefined },
    observed: tap,
    facts: [`PostgreSQL: ${(await shown(observer, ['server_version', 'fsync'])).join(', ')}`],
    session: await shown(observer, settings),
    backends: async () => {
      const { rows } = await observer.query<{ pid: number }>(BACKENDS, [APPLICATION_NAME])
      return rows.map(({ pid }) => pid)
    },
    close: async () => {
      await tap.close()
      await observer.query(`DROP TABLE ${TABLE}; ${DROP_ITEMS}`)
      await observer.end()
    },
  }
}

async function fillItems(observer: Client): Promise<void> {
  await observer.query(`${DROP_ITEMS} ${CREATE_ITEMS}`)
  for (const { text, rows } of FILL_ITEMS) await observer.query(text, [JSON.stringify(rows())])
  // The planner must not learn the sizes while somebody is measured.
  await observer.query(`ANALYZE ${ITEMS}; ANALYZE ${PARTS}`)
}

const CREATE = `CREATE TABLE ${TABLE} (id serial PRIMARY KEY, username varchar NOT NULL UNIQUE, active boolean NOT NULL)`

const FILL = `INSERT INTO ${TABLE} SELECT i, 'r' || i, true FROM generate_series($1::int, $2::int) i`

const BACKENDS = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = $1 ORDER BY pid`

/** Settings of the server, each with its value. */
async function shown(observer: Client, settings: readonly string[]): Promise<readonly string[]> {
  const { rows } = await observer.query<{ text: string }>(
    `SELECT name || ' ' || setting AS text FROM pg_settings WHERE name = ANY ($1) ORDER BY array_position($1, name)`,
    [settings],
  )
  return rows.map(({ text }) => text)
}

async function onSqlite(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'ambit-bench-'))
  const observed = new StatementTally()
  return {
    direct: { url: folder, onStatement: undefined },
    watched: { url: folder, onStatement: text => observed.add(text) },
    observed,
    facts: [`SQLite ${sqliteVersion()}`],
    session: [],
    backends: async () => [],
    close: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** No database, but a folder, for the programs that containers are to start. */
async function onNothing(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'ambit-bench-'))
  const target: Target = { url: folder, onStatement: undefined }
  return {
    direct: target,
    watched: target,
    observed: new StatementTally(),
    facts: [],
    session: [],
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
