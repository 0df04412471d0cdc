import { fork } from 'node:child_process'
import { once } from 'node:events'
import { lane } from '#lane'
import { type EngineDatabase, ENGINES } from '../support/engines'
import { type Bundle, bundle } from './bundle'

// 200,000 entities in a process of its own: those in memory are a few batches of them, wherever the stream runs.

const ROWS = 200_000
/** Two batches of a thousand, and what the collector leaves; all of them would be some twenty times that. */
const MOST_BYTES = 4_000_000

let program: Bundle
beforeAll(async () => {
  program = await bundle('stream-process.ts')
})
afterAll(() => program.remove())

jest.setTimeout(120_000)

describe.each(ENGINES)('streaming 200,000 entities on $name', engine => {
  let db: EngineDatabase
  beforeEach(async () => {
    db = await engine.create()
  })
  afterEach(() => db.drop())

  it.each(['outside', 'inside'])('%s a transaction keeps the heap small', async place => {
    const args = [db.url, engine.oneWriter ? lane.sqlite.type : '', String(ROWS), place]
    const child = fork(program.file, args, { env: program.env, execArgv: ['--expose-gc'] })
    const exit = once(child, 'exit')
    const [found] = (await Promise.race([once(child, 'message'), exit])) as [Record<string, number>]
    await exit
    expect(found).toMatchObject({ seen: ROWS, sum: (ROWS * (ROWS + 1)) / 2 })
    expect(found['grown']).toBeLessThan(MOST_BYTES)
  })
})
