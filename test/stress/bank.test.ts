import { type Application, bootstrap, transactional } from 'ambit'
import { Client } from 'pg'
import { DataSource } from 'typeorm'
import { silentLogger } from '../support/engines'
import { createTestDatabase, type TestDatabase } from '../support/postgres'
import { Account, Accounts, AuditLine, Auditor, Bank, Entry, Ledger, OPENING } from './bank'
import { stressSeed } from './random'
import { carryOut, Tally } from './tellers'

// Sixteen tellers move money between fifty accounts, in every way the framework offers, while somebody else kills their
// connections at random. AMBIT_STRESS_SEED repeats the choices of a run.

const APPLICATION = 'ambit_test_bank'
const ACCOUNTS = 50
const POOL_SIZE = 10
const TRANSFERS = 1_000
const CALLS_PER_KILL = 8

let database: TestDatabase
let app: Application
const reports: Error[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  app = await bootstrap({
    database: { url: database.url, schema: 'create', poolSize: POOL_SIZE, applicationName: APPLICATION },
    entities: [Account, Entry, AuditLine],
    components: [Accounts, Auditor, Bank, Ledger],
    logger: silentLogger,
    onError: error => reports.push(error),
  })
  await database.query(`INSERT INTO account SELECT id, ${OPENING} FROM generate_series(1, ${ACCOUNTS}) id`)
})

afterAll(async () => {
  await app.close()
  await database.drop()
})

/** Somebody that no application under test knows. */
async function stranger<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: database.url, application_name: 'ambit_test_admin' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Kills one of our own connections for every few calls, until told to stop; says how many. */
function killer(tally: Tally, stopped: () => boolean): Promise<number> {
  return stranger(async client => {
    let kills = 0
    for (let calls = 0; !stopped(); await client.query('SELECT pg_sleep(0.01)')) {
      if (tally.calls < calls + CALLS_PER_KILL) continue
      calls = tally.calls
      const { rowCount } = await client.query(
        `SELECT pg_terminate_backend(pid) FROM (
          SELECT pid FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = $1 AND state <> 'idle' ORDER BY random() LIMIT 1
        ) victim`,
        [APPLICATION],
      )
      kills += rowCount ?? 0
    }
    return kills
  })
}

/** The books as one snapshot has them: their sum, and the accounts that do not agree with the ledger. */
const BOOKS = `SELECT sum(balance)::int AS sum, count(*) FILTER (WHERE balance <> ${OPENING}
    + (SELECT coalesce(sum(amount), 0) FROM ledger WHERE payee = account.id)
    - (SELECT coalesce(sum(amount), 0) FROM ledger WHERE payer = account.id))::int AS wrong FROM account`

const BALANCED = JSON.stringify({ sum: ACCOUNTS * OPENING, wrong: 0 })

/** Reads the books again and again; says what it saw, and how often. */
function observer(stopped: () => boolean): Promise<{ readonly seen: Set<string>; readonly looks: number }> {
  return stranger(async client => {
    const seen = new Set<string>()
    let looks = 0
    for (; !stopped(); looks += 1) {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      seen.add(JSON.stringify((await client.query(BOOKS)).rows[0]))
      await client.query('COMMIT')
      await client.query('SELECT pg_sleep(0.02)')
    }
    return { seen, looks }
  })
}

/** The same through the framework, which is killed like all others. */
async function auditor(stopped: () => boolean): Promise<Set<string>> {
  const seen = new Set<string>()
  while (!stopped()) {
    await transactional({ readOnly: true, isolation: 'REPEATABLE READ' }, async () => {
      const [row] = await app.get(DataSource).query<object[]>(BOOKS)
      seen.add(JSON.stringify(row))
    }).catch(() => undefined)
    await new Promise(resolve => setImmediate(resolve))
  }
  return seen
}

async function idsOf(table: 'ledger' | 'audit'): Promise<Set<string>> {
  const rows = await database.query<{ id: string }>(`SELECT id FROM ${table}`)
  return new Set(rows.map(({ id }) => id))
}

async function expectTruth(tally: Tally): Promise<void> {
  const [ledger, audit] = [await idsOf('ledger'), await idsOf('audit')]
  expect(tally.done.filter(id => !ledger.has(id))).toEqual([])
  expect([...tally.failed, ...tally.withdrawn].filter(id => ledger.has(id))).toEqual([])
  expect([...ledger].filter(id => !tally.done.includes(id) && !tally.unknown.includes(id))).toEqual([])
  expect(tally.audited.filter(line => !audit.has(line))).toEqual([])
}

/** As many transactions at a time as the pool has connections for, each on a connection of its own. */
async function expectWholePool(): Promise<void> {
  const { master: pool } = app.get(DataSource).driver as unknown as { master: Record<string, number> }
  expect({ idle: pool['idleCount'], waiting: pool['waitingCount'] }).toEqual({ idle: pool['totalCount'], waiting: 0 })
  const open = `SELECT pid, state, query FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = $1 AND state <> 'idle'`
  expect(await database.query(open, [APPLICATION])).toEqual([])
  let here = 0
  let all = (): void => undefined
  const together = new Promise<void>(resolve => (all = resolve))
  const usable = POOL_SIZE - 1 // one is kept for transactions inside others
  const visit = (): Promise<unknown> =>
    transactional({}, async () => {
      const [row] = await app.get(DataSource).query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid')
      if ((here += 1) === usable) all()
      await together
      return row?.pid
    })
  expect(new Set(await Promise.all(Array.from({ length: usable }, visit))).size).toBe(usable)
}

it('a bank whose connections are killed loses no money, and tells no lies', async () => {
  const seed = stressSeed()
  let over = false
  const stopped = (): boolean => over
  const tally = new Tally()
  const others = [killer(tally, stopped), observer(stopped), auditor(stopped)] as const
  const dawdle = (): Promise<unknown> => app.get(DataSource).query('SELECT pg_sleep(5)')
  const load = { seed, name: 'transfer', workers: 16, transfers: TRANSFERS, accounts: ACCOUNTS, dawdle }
  await carryOut(app, load, tally).finally(() => (over = true))
  const [kills, { seen, looks }, seenInside] = await Promise.all(others)
  const { errors } = tally
  console.log(JSON.stringify({ seed, kills, looks, done: tally.done.length, unknown: tally.unknown.length, errors }))
  expect(tally.calls).toBe(TRANSFERS)
  expect([...seen]).toEqual([BALANCED])
  expect([...seenInside]).toEqual([BALANCED])
  expect(await database.query(BOOKS)).toEqual([JSON.parse(BALANCED)])
  await expectTruth(tally)
  await expectWholePool()
  expect(kills).toBeGreaterThan(20)
  expect(tally.done.length).toBeGreaterThan(TRANSFERS / 5)
}, 240_000)
