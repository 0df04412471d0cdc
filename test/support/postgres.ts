import { randomBytes } from 'node:crypto'
import { Client, escapeIdentifier } from 'pg'
import { dropSpares, keepSpare, SPARE, takeSpare } from './spare-databases'

/** The administrator's URL of the server for the tests; set by the caller or by the global setup. */
export const POSTGRES_URL = 'AMBIT_TEST_POSTGRES_URL'

/** Why there is no server, where the global setup could not start or reach one. */
export const POSTGRES_FAILURE = 'AMBIT_TEST_POSTGRES_FAILURE'

const STALE_AFTER_MS = 24 * 60 * 60 * 1000

/** A database for one test file. */
export interface TestDatabase {
  readonly name: string
  readonly url: string
  /** The URL with an `application_name`: what {@link TestDatabase.terminate} recognises its victims by. */
  urlAs(applicationName: string): string
  /** Runs SQL as an observer, on a connection that no application under test knows. */
  query<Row extends object = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>
  /** Kills the connections to this database that carry the name, and no others; says how many. */
  terminate(applicationName: string): Promise<number>
  /** Ends whatever is still connected, and takes the database away: another test file gets it, empty and by another name. */
  drop(): Promise<void>
}

/**
 * An empty database on the test server: one per test file, from `beforeAll` to `afterAll`.
 *
 * It sorts by code point (`C`), so that results do not depend on the machine's locale.
 *
 * @example
 * let database: TestDatabase
 * beforeAll(async () => { database = await createTestDatabase() })
 * afterAll(() => database.drop())
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = newName()
  await asAdmin(async admin => {
    if (!(await takeSpare(admin, name))) await createFromTemplate(admin, name)
  })
  return handle(name)
}

/** Drops the databases that nobody uses any more, at the end of a run. */
export function dropSpareDatabases(): Promise<void> {
  return asAdmin(dropSpares)
}

/** Drops what crashed runs left behind more than a day ago. */
export async function dropStaleDatabases(now = Date.now()): Promise<void> {
  await asAdmin(async admin => {
    const { rows } = await admin.query<{ datname: string }>(
      `SELECT datname FROM pg_database WHERE datname ~ '^ambit_test_'`,
    )
    const stale = rows.map(row => row.datname).filter(name => isStale(name, now))
    for (const name of stale) {
      // Another run may be dropping the same one: what fails now is tried again by the next run.
      await drop(admin, name).catch(() => undefined)
    }
  })
}

/** The name holds the time of its making, because PostgreSQL does not keep it. */
function newName(): string {
  return `ambit_test_${Date.now().toString(36)}_${randomBytes(5).toString('hex')}`
}

const STALE_NAME = new RegExp(`^ambit_test_([0-9a-z]+)_[0-9a-f]{10}(${SPARE})?$`)

function isStale(name: string, now: number): boolean {
  const [, time] = STALE_NAME.exec(name) ?? []
  return time !== undefined && now - parseInt(time, 36) > STALE_AFTER_MS
}

/** Lower and upper case as Unicode has them, where the server's system can. */
async function createFromTemplate(admin: Client, name: string): Promise<void> {
  const { rows } = await admin.query<{ collname: string }>(
    `SELECT collname FROM pg_collation WHERE collname IN ('C.UTF-8', 'C.utf8') AND collprovider = 'c' ORDER BY 1 LIMIT 1`,
  )
  const ctype = rows[0]?.collname ?? 'C'
  await admin.query(
    `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE '${ctype}' ${await strategy(admin)}`,
  )
}

/** Copied as files: what PostgreSQL 15 and later do by themselves, page by page through the log, costs three times as much. */
async function strategy(admin: Client): Promise<string> {
  const { rows } = await admin.query<{ known: boolean }>(
    `SELECT current_setting('server_version_num')::int >= 150000 AS known`,
  )
  return rows[0]?.known ? 'STRATEGY FILE_COPY' : ''
}

function handle(name: string): TestDatabase {
  const url = urlOf(name)
  const observer = new Observer(url)
  const query: TestDatabase['query'] = (sql, parameters = []) =>
    observer.ask(async client => (await client.query(sql, [...parameters])).rows)
  return Object.freeze({
    name,
    url,
    urlAs: (applicationName: string) => `${url}?application_name=${encodeURIComponent(applicationName)}`,
    query,
    terminate: (applicationName: string) => asAdmin(admin => terminate(admin, name, applicationName)),
    drop: async () => {
      await observer.close()
      await asAdmin(async admin => {
        const kept = await keepSpare(admin, name, work => withClient(url, work))
        if (!kept) await drop(admin, name)
      })
    },
  })
}

async function drop(admin: Client, name: string): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`)
}

async function terminate(admin: Client, database: string, applicationName: string): Promise<number> {
  const { rowCount } = await admin.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = $2',
    [database, applicationName],
  )
  return rowCount ?? 0
}

function urlOf(database: string): string {
  const url = new URL(adminUrl())
  url.pathname = `/${database}`
  url.search = ''
  return url.href
}

function adminUrl(): string {
  const url = process.env[POSTGRES_URL]
  const failure = process.env[POSTGRES_FAILURE]
  if (failure) throw new Error(`This test needs PostgreSQL, and there is none: ${failure}`)
  if (!url) throw new Error(`${POSTGRES_URL} is not set. Run the tests with "npm test", which starts a server.`)
  return url
}

function asAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
  return withClient(adminUrl(), work)
}

/**
 * Keeps its connection between two questions: a new one costs the server a hundred times as much as most questions do. What
 * is asked meanwhile gets a connection of its own, so that no question waits for another.
 */
class Observer {
  readonly #url: string
  #idle: Client | undefined

  constructor(url: string) {
    this.#url = url
  }

  async ask<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = this.#idle ?? (await this.#connect())
    if (this.#idle === client) this.#idle = undefined
    try {
      const answer = await work(client)
      // Nobody finds what somebody else has set; an open transaction refuses, which tells its test.
      await client.query('DISCARD ALL')
      if (this.#idle === undefined) this.#idle = client
      else await client.end()
      return answer
    } catch (error) {
      await client.end()
      throw error
    }
  }

  async close(): Promise<void> {
    const client = this.#idle
    this.#idle = undefined
    await client?.end()
  }

  async #connect(): Promise<Client> {
    const client = await connect(this.#url)
    // Whoever kills it, or the whole server, may: the next question connects again.
    client.on('error', () => {
      if (this.#idle === client) this.#idle = undefined
    })
    return client
  }
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(url)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function connect(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: 'ambit_test_admin',
    connectionTimeoutMillis: 10_000,
  })
  await client.connect()
  return client
}
