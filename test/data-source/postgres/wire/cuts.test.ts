import { Client } from 'pg'
import { MessageProxy, PASS, type Side, type Verdict } from '../../../support/message-proxy'
import { createTestDatabase, type TestDatabase } from '../../../support/postgres'
import { assertIdle, maybePoolOf, until, World } from '../../harness'
import { currentContext } from '../../../../src/core/async-context'
import { FIRST, type Scenario, SCENARIOS } from './scenarios'

// The connection is cut behind each single message, of either side: the end comes as FIN, as RST, or in the middle of the
// message that follows. Whatever a call then says must be true, and nothing may be left of it.

let database: TestDatabase
let proxy: MessageProxy
let observer: Client
const unhandled: unknown[] = []
const onUnhandled = (error: unknown): number => unhandled.push(error)

beforeAll(async () => {
  process.on('unhandledRejection', onUnhandled)
  process.on('uncaughtException', onUnhandled)
  database = await createTestDatabase()
  proxy = await MessageProxy.start(database.url)
  observer = new Client({ connectionString: database.url, application_name: 'ambit_test_admin' })
  await observer.connect()
  const first = await start('create')
  await first.app.close()
})
afterAll(async () => {
  process.off('unhandledRejection', onUnhandled)
  process.off('uncaughtException', onUnhandled)
  await observer.end()
  await proxy.close()
  await database.drop()
})
afterEach(() => expect(unhandled).toEqual([]))

function start(schema: 'create' | 'none'): Promise<World> {
  const typeorm = { poolErrorHandler: () => undefined }
  return World.start(database, {
    settings: {
      url: proxy.url,
      schema,
      poolSize: 1,
      applicationName: 'ambit_test_cut',
      // DISCARD ALL looks like a pooler: 'auto' would prepare nothing from then on.
      prepare: 'named',
      typeorm,
    },
    bootstrap: { waitTimeoutMs: 5_000 },
  })
}

type How = Extract<Verdict, { how: unknown }>['how']

interface CutPoint {
  readonly side: Side
  /** Behind which message of that side, counted from 1. */
  readonly at: number
  readonly how: How
}

/** Counts the messages of both sides, and cuts behind the one that is asked for. */
function watch(point?: CutPoint): Record<Side, number> {
  const seen = { client: 0, server: 0 }
  proxy.judge = ({ from }) => {
    seen[from] += 1
    return point?.side === from && point.at === seen[from] ? { do: 'cut', how: point.how } : PASS
  }
  return seen
}

async function counting(run: () => Promise<unknown>): Promise<Record<Side, number>> {
  const seen = watch()
  await run()
  proxy.judge = () => PASS
  return seen
}

async function reset(): Promise<void> {
  await observer.query(`DELETE FROM note; INSERT INTO note (k, n) VALUES ('seed', 7)`)
}

async function rows(): Promise<string[]> {
  const { rows: found } = await observer.query<{ k: string }>(`SELECT k FROM note WHERE k <> 'seed' ORDER BY k`)
  return found.map(({ k }) => k)
}

/** How a call ended: `ok`, or the code of its error. Never a hang. */
async function ending(call: Promise<unknown>): Promise<{ readonly code: string; readonly error?: Error }> {
  let timer: NodeJS.Timeout | undefined
  const hang = new Promise<{ code: string }>(resolve => (timer = setTimeout(resolve, 8_000, { code: 'a hang' })))
  const told = call.then(
    () => ({ code: 'ok' }),
    (failure: unknown) => {
      const error = failure as Error & { code?: string }
      return { code: error.code ?? error.name, error }
    },
  )
  return Promise.race([told, hang]).finally(() => clearTimeout(timer))
}

const LOST = 'AMBIT_DATA_SOURCE_CONNECTION_LOST'
const UNKNOWN = 'AMBIT_TX_COMMIT_UNKNOWN'
const UNREACHABLE = 'AMBIT_DATA_SOURCE_UNREACHABLE'

/** What is wrong with a call that was cut; nothing, it is to be hoped. */
async function untruths(world: World, scenario: Scenario, allowed: readonly string[]): Promise<string[]> {
  const { code, error } = await ending(scenario.run(world))
  proxy.judge = () => PASS
  await proxy.settled()
  const stored = (await rows()).join()
  const wrong: string[] = []
  const all = scenario.stores.join()
  const decided = scenario.decisive !== undefined && world.log.words.includes(scenario.decisive)
  if (!allowed.includes(code)) wrong.push(`said ${code}: ${error?.message}`)
  if (code === 'ok' && stored !== all) wrong.push(`said ok, but stored '${stored}'`)
  if (code === UNKNOWN && !decided) wrong.push(`said ${code} although ${scenario.decisive} was never sent`)
  if (code === UNKNOWN && stored !== '' && stored !== all) wrong.push(`stored a part: '${stored}'`)
  if (code !== 'ok' && code !== UNKNOWN && stored !== '') wrong.push(`said ${code}, but stored '${stored}'`)
  // A write alone may have been sent, refused as unprepared, and not sent again.
  if (code === LOST && decided && scenario.decisive === 'COMMIT')
    wrong.push(`said ${code} although ${scenario.decisive} was sent`)
  // The system's own errors are of another realm than a test's.
  const cause = Object(error?.cause) as { message?: string; driverError?: unknown }
  if (code === LOST && (!cause.message || cause.driverError !== undefined)) wrong.push("no driver's error as its cause")
  return wrong
}

/** The pool is whole, nothing is open, and the next call goes well. */
async function leftOver(world: World): Promise<void> {
  await until('dead connections have left the pool', () => {
    const { totalCount, idleCount } = maybePoolOf(world.dataSource) ?? { totalCount: 0, idleCount: 0 }
    return totalCount === idleCount
  })
  assertIdle(world.dataSource)
  expect(currentContext()).toBeUndefined()
  const { rows: open } = await observer.query(
    `SELECT state, query FROM pg_stat_activity WHERE datname = current_database()
      AND application_name = 'ambit_test_cut' AND state <> 'idle'`,
  )
  expect(open).toEqual([])
  expect(world.reports).toEqual([])
}

/** Every message of a scenario, as many as it has when nothing is cut. */
function points({ client, server }: Record<Side, number>, how: How): CutPoint[] {
  const of = (side: Side, count: number): CutPoint[] =>
    Array.from({ length: count }, (_, index) => ({ side, at: index + 1, how }))
  // Nothing follows the last answer that could be torn.
  return [...of('client', client), ...of('server', how === 'torn' ? server - 1 : server)]
}

describe.each(SCENARIOS)('$name', scenario => {
  let world: World
  beforeAll(async () => {
    world = await start('none')
  })
  afterAll(() => world.app.close())

  /** Once in full, so that everything is connected and prepared. */
  async function ready(): Promise<void> {
    await reset()
    await scenario.run(world)
    await scenario.prepare?.(world)
    await reset()
    world.log.clear()
    world.reports.length = 0
  }

  it('is the same in single bytes', async () => {
    await ready()
    proxy.trickles = true
    await scenario.run(world).finally(() => (proxy.trickles = false))
    expect(await rows()).toEqual(scenario.stores)
    await leftOver(world)
  })

  it.each(['fin', 'rst', 'torn'] as const)('tells the truth when it is cut behind any message (%s)', async how => {
    await ready()
    const count = await counting(() => scenario.run(world))
    expect(await rows()).toEqual(scenario.stores)
    if (scenario.sends) expect(world.log.words).toEqual(scenario.sends)
    const wrong: string[] = []
    for (const point of points(count, how)) {
      await ready()
      watch(point)
      const found = await untruths(world, scenario, ['ok', LOST, UNKNOWN])
      wrong.push(...found.map(text => `cut behind ${point.side} message ${point.at}: ${text}`))
      await leftOver(world)
    }
    expect(wrong).toEqual([])
  })
})

describe(FIRST.name, () => {
  it.each(['rst', 'torn'] as const)('tells the truth when it is cut behind any message (%s)', async how => {
    await reset()
    const counted = await start('none')
    const count = await counting(() => FIRST.run(counted))
    await counted.app.close()
    const wrong: string[] = []
    for (const point of points(count, how)) {
      await reset()
      const world = await start('none')
      watch(point)
      const found = await untruths(world, FIRST, ['ok', LOST, UNKNOWN, UNREACHABLE])
      wrong.push(...found.map(text => `cut behind ${point.side} message ${point.at}: ${text}`))
      await leftOver(world)
      await reset()
      await FIRST.run(world)
      expect(await rows()).toEqual(FIRST.stores)
      await world.app.close()
    }
    expect(wrong).toEqual([])
  })
})
