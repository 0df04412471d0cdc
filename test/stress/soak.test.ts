import { fork } from 'node:child_process'
import { once } from 'node:events'
import { lane } from '#lane'
import { type EngineDatabase, ENGINES } from '../support/engines'
import { type Bundle, bundle } from './bundle'

// 100,000 calls of every kind, in a process of their own: memory stays flat, and nothing is left behind.

/** What one call may leave on the heap, on average: less than the smallest object that could be forgotten by each. */
const BYTES_PER_CALL = 16
/** Caches, compiled code and the garbage collector's own mood. */
const SLACK = 1_500_000

interface Findings {
  readonly warm: { readonly heap: number; readonly resources: Record<string, number> }
  readonly end: { readonly heap: number; readonly resources: Record<string, number> }
  readonly listeners: number
  readonly left: Record<string, number>
}

let program: Bundle
beforeAll(async () => {
  program = await bundle('soak-process.ts')
})
afterAll(() => program.remove())

async function soak(where: string, type: string, calls: number): Promise<Findings> {
  const args = [where, type, String(calls)]
  const child = fork(program.file, args, { env: program.env, execArgv: ['--expose-gc'] })
  const exit = once(child, 'exit')
  const [findings] = (await Promise.race([once(child, 'message'), exit])) as [Findings]
  await exit
  return findings
}

function expectNothingLeft({ warm, end, listeners, left }: Findings, calls: number): void {
  expect(end.heap - warm.heap).toBeLessThan(SLACK + BYTES_PER_CALL * calls)
  expect(listeners).toBe(0)
  expect(end.resources['Timeout'] ?? 0).toBeLessThanOrEqual(warm.resources['Timeout'] ?? 0)
  expect({ timers: left['Timeout'] ?? 0, sockets: left['TCPSocketWrap'] ?? 0 }).toEqual({ timers: 0, sockets: 0 })
}

jest.setTimeout(300_000)

it('90,000 calls on the fake database leave nothing of the engine behind', async () => {
  expectNothingLeft(await soak('fake', '', 90_000), 90_000)
})

describe.each(ENGINES)('5,000 calls on $name', engine => {
  let db: EngineDatabase
  beforeAll(async () => {
    db = await engine.create()
  })
  afterAll(() => db.drop())

  it('leave memory flat, and no listener, timer or connection', async () => {
    const findings = await soak(
      engine.oneWriter ? 'sqlite::memory:' : db.url,
      engine.oneWriter ? lane.sqlite.type : '',
      5_000,
    )
    expectNothingLeft(findings, 5_000)
    expect(findings.end.resources['TCPSocketWrap'] ?? 0).toBeLessThanOrEqual(10)
    if (!engine.oneWriter) expect(await db.query(CONNECTIONS)).toEqual([])
  })
})

const CONNECTIONS = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`
