// Started by soak.test.ts with --expose-gc: makes many calls of every kind, and tells what they left behind.
import 'reflect-metadata'
import {
  afterCommit,
  afterCompletion,
  afterRollback,
  beforeCommit,
  bootstrap,
  transactional,
  type TransactionalOptions,
} from 'ambit'
import { DataSource } from 'typeorm'
import { getEventListeners, setMaxListeners } from 'node:events'
import { Account, Accounts, AuditLine, Auditor, Bank, Entry, Ledger } from './bank'
import { silentLogger } from './silent'
import { TestApp } from '../tx/harness'

const [where = '', type = '', calls = '0'] = process.argv.slice(2)
const WAVE = 200
const collect = (globalThis as { gc?: () => void }).gc

/** One signal for all: a listener that is not taken off would pile up on it. */
const lasting = new AbortController()

setMaxListeners(0, lasting.signal)

const quiet = (): void => undefined

/** Where calls are made: on a database, or on the fake one, which is nothing but the engine. */
interface Place {
  select(): Promise<unknown>
  find(): Promise<unknown>
  /** Forgets what it has recorded for tests. */
  forget(): void
  close(): Promise<void>
}

/** The mixture, by turns. */
const KINDS: readonly ((place: Place) => Promise<unknown>)[] = [
  place => in_({}, () => place.select()),
  place => in_({}, () => in_({}, () => place.select())),
  place => in_({}, () => in_({ propagation: 'NESTED' }, () => place.select())),
  place => in_({}, () => in_({ propagation: 'REQUIRES_NEW' }, () => place.select())),
  place => in_({ readOnly: true }, () => place.select()),
  place => in_({ timeoutMs: 60_000 }, () => place.select()),
  place => in_({ signal: lasting.signal }, () => in_({ signal: lasting.signal }, () => place.select())),
  place =>
    in_({}, async () => {
      await place.select()
      throw new Error('on purpose')
    }),
  place =>
    in_({}, async () => {
      beforeCommit(quiet)
      afterCommit(quiet)
      afterRollback(quiet)
      afterCompletion(quiet)
      await place.select()
    }),
  place =>
    in_({}, () => Promise.all([place.select(), in_({ propagation: 'NESTED' }, () => place.select()), place.select()])),
  () => in_({ propagation: 'SUPPORTS' }, () => Promise.resolve()),
  () => in_({ propagation: 'MANDATORY' }, () => Promise.resolve()),
  place => place.find(),
  async place => {
    const aborted = new AbortController()
    aborted.abort(new Error('too late'))
    await in_({ signal: aborted.signal }, () => place.select())
  },
  // Work that nobody awaits, refused when its transaction has ended.
  place =>
    in_(
      {},
      () =>
        void Promise.resolve()
          .then(() => place.select())
          .catch(quiet),
    ),
]

function in_(options: TransactionalOptions, fn: () => Promise<unknown> | undefined): Promise<unknown> {
  return transactional(options, async () => fn())
}

function fakePlace(): Place {
  const app = new TestApp({ waitTimeoutMs: 60_000 })
  const select = (): Promise<unknown> => app.sql('select')
  return {
    select,
    find: () => app.implicit('find', select),
    forget: () => {
      app.db.log.length = 0
      app.db.requests.length = 0
      app.reports.length = 0
    },
    close: () => Promise.resolve(app.close()),
  }
}

async function databasePlace(url: string): Promise<Place> {
  const app = await bootstrap({
    database: { url, schema: 'create', ...(type === '' ? {} : { typeorm: { type: type as 'better-sqlite3' } }) },
    entities: [Account, Entry, AuditLine],
    components: [Accounts, Auditor, Bank, Ledger],
    logger: silentLogger,
    waitTimeoutMs: 60_000,
  })
  return {
    select: () => app.get(DataSource).query('SELECT 1'),
    find: () => app.get(Ledger).findById('nobody'),
    forget: () => undefined,
    close: () => app.close(),
  }
}

async function make(place: Place, from: number, until: number): Promise<void> {
  for (let call = from; call < until; call += WAVE) {
    const wave = Array.from({ length: WAVE }, async (_, index) => KINDS[(call + index) % KINDS.length]?.(place))
    await Promise.allSettled(wave)
    place.forget()
  }
}

async function heap(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    await new Promise(resolve => setImmediate(resolve))
    collect?.()
  }
  return process.memoryUsage().heapUsed
}

function resources(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** The server answers our farewells in its own time. Bounded: sockets that stay are what the test is about. */
async function socketsClosed(): Promise<void> {
  for (let turn = 0; turn < 500 && (resources()['TCPSocketWrap'] ?? 0) > 0; turn += 1) {
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

async function main(): Promise<void> {
  const place = where === 'fake' ? fakePlace() : await databasePlace(where)
  const total = Number(calls)
  await make(place, 0, total / 5)
  const warm = { heap: await heap(), resources: resources() }
  await make(place, total / 5, total)
  const end = { heap: await heap(), resources: resources() }
  const listeners = getEventListeners(lasting.signal, 'abort').length
  await place.close()
  await socketsClosed()
  process.send?.({ warm, end, listeners, left: resources() }, () => process.disconnect())
}

void main()
