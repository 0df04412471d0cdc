import pg from 'pg'
import { createTestDatabase, type TestDatabase } from '../../support/postgres'
import { WireProxy } from '../../support/wire-proxy'
import { type StartOptions, World } from '../harness'
import { adoptionOf, INSERT_NOTE, INSERT_RETURNING, SELECT_NOTE, send } from './statements'

type Driver = NonNullable<StartOptions['settings']>['typeorm']

/** A way in which fixed statements reach the server, and the options that lead to it. */
export interface Tier {
  readonly tier: 'wire' | 'plain' | 'runner'
  readonly how: string
  readonly typeorm: NonNullable<Driver>
}

const { Pool, Client, defaults } = pg

export const WIRE: Tier = { tier: 'wire', how: 'pg as it is', typeorm: {} }
export const PIPELINE: Tier = { tier: 'plain', how: 'pg’s option pipeline', typeorm: { extra: { pipeline: true } } }
export const BINARY: Tier = { tier: 'plain', how: 'pg’s option binary', typeorm: { extra: { binary: true } } }
export const RUNNER: Tier = { tier: 'runner', how: 'no Query of pg’s', typeorm: { driver: { Pool, Client, defaults } } }

export const TIERS: readonly Tier[] = [WIRE, PIPELINE, RUNNER]

export interface TierWorld {
  readonly world: World
  readonly database: TestDatabase
  readonly proxy: WireProxy
}

/** One application for a `describe`, behind a proxy, whose connection knows the usual statements; clean after each test. */
export function tierWorld({ tier, typeorm }: Tier, options: StartOptions = {}): TierWorld {
  let running: TierWorld | undefined
  const known = (): TierWorld => {
    if (running === undefined) throw new Error('no test is running')
    return running
  }
  beforeAll(async () => {
    const database = await createTestDatabase()
    const proxy = await WireProxy.start(database.url)
    const settings = { url: proxy.url, schema: 'create' as const, typeorm, ...options.settings }
    running = { database, proxy, world: await World.start(database, { ...options, settings }) }
  })
  beforeEach(async () => {
    const { world, proxy } = known()
    await world.empty()
    await send(world.dataSource, SELECT_NOTE, 'warm')
    await send(world.dataSource, INSERT_NOTE, 'warm', 1)
    await send(world.dataSource, INSERT_RETURNING, 'warmer', 1)
    await world.empty()
    expect(adoptionOf(world.dataSource).engine).toMatchObject({ statementTier: { tier } })
    proxy.clear()
    world.log.clear()
    world.reports.length = 0
  })
  afterEach(() => known().world.assertClean())
  afterAll(async () => {
    await running?.world.app.close()
    await running?.proxy.close()
    await running?.database.drop()
  })
  return {
    get world() {
      return known().world
    },
    get database() {
      return known().database
    },
    get proxy() {
      return known().proxy
    },
  }
}
