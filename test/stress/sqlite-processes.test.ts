import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { bootstrap } from 'ambit'
import { lane } from '#lane'
import { type EngineDatabase, ENGINES, silentLogger } from '../support/engines'
import { Account, AuditLine, Entry, OPENING } from './bank'
import { type Bundle, bundle } from './bundle'
import { stressSeed } from './random'

// Two processes with four tellers each on one file; one of them is killed (SIGKILL) and started again, three times.

const ACCOUNTS = 20
const KILLS = 3

let db: EngineDatabase
let program: Bundle
const seed = stressSeed()
const children = new Set<ChildProcess>()

beforeAll(async () => {
  const engine = ENGINES.find(({ oneWriter }) => oneWriter)
  if (engine === undefined) throw new Error('there is no SQLite')
  db = await engine.create()
  program = await bundle('teller-process.ts')
  const app = await bootstrap({ database: db.settings, entities: [Account, Entry, AuditLine], logger: silentLogger })
  await app.close()
  for (let id = 1; id <= ACCOUNTS; id += 1) await db.query(`INSERT INTO account VALUES (${id}, ${OPENING})`)
})

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

afterAll(async () => {
  program.remove()
  await db.drop()
})

/** What a process has told, over all its lives. */
class Tellers {
  readonly done: string[] = []
  readonly not: string[] = []
  readonly audited: string[] = []
  readonly errors: Record<string, number> = {}
  unknown = 0
  #child: ChildProcess | undefined
  #lives = 0
  #told = (): void => undefined

  constructor(readonly name: string) {}

  async start(): Promise<void> {
    this.#lives += 1
    const name = `${this.name} ${this.#lives}`
    const args = [db.url, lane.sqlite.type, name, String(seed + this.#lives), String(ACCOUNTS)]
    const child = fork(program.file, args, { env: program.env, execArgv: [] })
    children.add(child)
    this.#child = child
    child.on('message', message => this.#listen(message as Message))
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with ${String(code)}`)))
    await Promise.race([once(child, 'message'), ended])
    ended.catch(() => undefined) // killed, later on
  }

  /** Waits until that many more transfers are known to be done. */
  async works(more: number): Promise<void> {
    const goal = this.done.length + more
    while (this.done.length < goal) await new Promise<void>(resolve => (this.#told = resolve))
  }

  async kill(): Promise<void> {
    await this.#ended(child => child.kill('SIGKILL'))
  }

  async stop(): Promise<void> {
    await this.#ended(child => child.send('stop'))
  }

  async #ended(end: (child: ChildProcess) => void): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const closed = once(child, 'close')
    end(child)
    await closed
    children.delete(child)
  }

  #listen({ done, not, audited, errors, unknown }: Message): void {
    if (done !== undefined) this.done.push(done)
    if (not !== undefined) this.not.push(not)
    if (audited !== undefined) this.audited.push(audited)
    for (const [word, times] of Object.entries(errors ?? {})) this.errors[word] = (this.errors[word] ?? 0) + times
    this.unknown += unknown ?? 0
    this.#told()
  }
}

interface Message {
  readonly done?: string
  readonly not?: string
  readonly audited?: string
  readonly errors?: Record<string, number>
  readonly unknown?: number
}

const BOOKS = `SELECT sum(balance) AS sum, count(*) FILTER (WHERE balance <> ${OPENING}
    + (SELECT coalesce(sum(amount), 0) FROM ledger WHERE payee = account.id)
    - (SELECT coalesce(sum(amount), 0) FROM ledger WHERE payer = account.id)) AS wrong FROM account`

const BALANCED = [{ sum: ACCOUNTS * OPENING, wrong: 0 }]

async function idsOf(table: 'ledger' | 'audit'): Promise<Set<string>> {
  return new Set((await db.query<{ id: string }>(`SELECT id FROM ${table}`)).map(({ id }) => id))
}

it('a bank in two processes, one of which is killed again and again, loses no money and tells no lies', async () => {
  const [steady, mortal] = [new Tellers('steady'), new Tellers('mortal')]
  await Promise.all([steady.start(), mortal.start()])
  for (let kills = 0; kills < KILLS; kills += 1) {
    await mortal.works(8)
    await mortal.kill()
    expect(await db.query(BOOKS)).toEqual(BALANCED)
    // What the dead one held is free again.
    await Promise.all([steady.works(8), mortal.start()])
  }
  await mortal.works(8)
  await Promise.all([steady.stop(), mortal.stop()])
  const all = [steady, mortal]
  console.log(
    JSON.stringify({ seed, done: all.map(({ done }) => done.length), errors: all.map(({ errors }) => errors) }),
  )
  const [ledger, audit] = [await idsOf('ledger'), await idsOf('audit')]
  expect(all.flatMap(({ done }) => done).filter(id => !ledger.has(id))).toEqual([])
  expect(all.flatMap(({ not }) => not).filter(id => ledger.has(id))).toEqual([])
  expect(all.flatMap(({ audited }) => audited).filter(line => !audit.has(line))).toEqual([])
  // The one that lived has told of everything it did.
  const own = [...ledger].filter(id => id.startsWith('steady'))
  expect(own.sort()).toEqual([...steady.done].sort())
  expect(steady.unknown).toBe(0)
  expect(await db.query(BOOKS)).toEqual(BALANCED)
  expect(await db.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
}, 240_000)
