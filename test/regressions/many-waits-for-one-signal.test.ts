import { transactional } from 'ambit'
import { committed, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// Each wait for a turn, and each transaction, had a listener of its own on the signal that could end it. Node takes more than ten
// for a leak: `Promise.all` in a block with `timeoutMs`, or a signal that many calls share, brought its warning.

describe.each(ENGINES)('many waits for one signal, on $name', engine => {
  const db = engineDatabase(engine)
  runningApplication(db, () => NOTES)

  let listening: jest.SpyInstance
  beforeEach(() => {
    listening = jest.spyOn(AbortSignal.prototype, 'addEventListener')
  })
  afterEach(() => void listening.mockRestore())

  /** The most listeners that one signal got: Node's warning itself is not told to a test's process. */
  function most(): number {
    const signals = listening.mock.contexts as unknown[]
    return Math.max(0, ...signals.map(signal => signals.filter(other => other === signal).length))
  }

  const twenty = Array.from({ length: 20 }, (_, at) => `n${at + 10}`)

  it('are no leak in a block with a deadline of its own', async () => {
    await transactional({}, () =>
      transactional({ propagation: 'NESTED', timeoutMs: 60_000 }, () => Promise.all(twenty.map(write))),
    )
    expect(await committed(db)).toEqual(twenty)
    expect(most()).toBeLessThanOrEqual(10)
  })

  it('are no leak where many transactions share it', async () => {
    const { signal } = new AbortController()
    await Promise.all(twenty.map(k => transactional({ signal }, () => write(k))))
    expect(await committed(db)).toEqual(twenty)
    expect(most()).toBeLessThanOrEqual(10)
  })

  it('all end with it', async () => {
    const caller = new AbortController()
    const aborted = new Promise(resolve => caller.signal.addEventListener('abort', resolve))
    const calls = twenty.map(k =>
      transactional({ signal: caller.signal }, async () => {
        await write(k)
        await aborted
      }),
    )
    caller.abort()
    for (const { status } of await Promise.allSettled(calls)) expect(status).toBe('rejected')
    expect(await committed(db)).toEqual([])
    expect(most()).toBeLessThanOrEqual(10)
  })
})
