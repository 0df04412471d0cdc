import { transactional } from 'ambit'
import { fixed, INSERT_NOTE, SELECT_NOTE, send } from '../data-source/postgres/statements'
import { gate, postgresWorld } from '../data-source/harness'

// Single statements that wait for a connection ask for as many as they need at least. Those whom one connection did not
// serve, because they were too many for a round trip or stood behind one that shares none, were asked for by nobody: they
// waited until the next statement came, or in vain.

const postgres = postgresWorld({ settings: { poolSize: 1 }, bootstrap: { waitTimeoutMs: 3_000 } })

/** Everything waits while the only connection is held. */
async function behindATransaction(statements: () => Promise<unknown>[]): Promise<unknown[]> {
  const { dataSource } = postgres.world
  await send(dataSource, SELECT_NOTE, 'warm')
  const held = gate()
  const done = gate()
  const holder = transactional({}, async () => {
    await send(dataSource, fixed('SELECT 1 AS n', ['n']))
    held.open()
    await done.opened
  })
  await held.opened
  const waiting = Promise.all(statements())
  done.open()
  await holder
  return waiting
}

it('more reads than share a round trip are all answered', async () => {
  const { dataSource } = postgres.world
  const reads = (): Promise<unknown>[] =>
    Array.from({ length: 150 }, (_, at) => send(dataSource, SELECT_NOTE, `k${at}`))
  expect(await behindATransaction(reads)).toHaveLength(150)
})

it('reads on both sides of a write are all answered', async () => {
  const { dataSource } = postgres.world
  const mixed = (): Promise<unknown>[] =>
    ['a', 'b', 'c'].flatMap(k => [send(dataSource, SELECT_NOTE, k), send(dataSource, INSERT_NOTE, k, 1)])
  expect(await behindATransaction(mixed)).toHaveLength(6)
  expect(await postgres.world.rows()).toEqual(['a', 'b', 'c'])
})
