import { AsyncLocalStorage } from 'node:async_hooks'
import { transactional } from 'ambit'
import type { DataSource } from 'typeorm'
import { gate, poolOf, postgresWorld, rejection } from '../harness'
import { fixed, INSERT_NOTE, SELECT_NOTE, send } from './statements'

// Answers come from the driver's own code, in a context that is nobody's. What is logged because of them, and what is sent
// because of them, belongs to whoever asked for the statement.

const postgres = postgresWorld({ settings: { poolSize: 2, schema: 'create' } })
const asked = new AsyncLocalStorage<string>()

type Method = 'logQuery' | 'logQueryError'

/** Notes in whose context TypeORM's logger is told of such statements. */
function heard(method: Method, statements: RegExp): (string | undefined)[] {
  const { logger } = postgres.world.dataSource
  const found: (string | undefined)[] = []
  const told = logger[method].bind(logger) as (...args: unknown[]) => void
  jest.spyOn(logger, method).mockImplementation((...args: unknown[]) => {
    if (args.some(arg => typeof arg === 'string' && statements.test(arg))) found.push(asked.getStore())
    told(...args)
  })
  return found
}

afterEach(() => jest.restoreAllMocks())

interface Client {
  query(query: unknown, ...rest: readonly unknown[]): unknown
}

/** pg's pool keeps them where nobody is meant to look. */
function clientsOf(dataSource: DataSource): readonly Client[] {
  return (poolOf(dataSource) as unknown as { readonly _clients: readonly Client[] })._clients
}

/** The next query object is told of an error while it is handed over: pg waits a tick, others need not. */
function refuseAtOnce(client: Client): void {
  jest.spyOn(client, 'query').mockImplementationOnce(query => {
    ;(query as { handleError(error: Error): void }).handleError(new Error('refused at once'))
  })
}

const MISSING = fixed('SELECT k FROM missing_table', ['k'], { shares: true })
const UNSHARED = fixed('SELECT k FROM note', ['k'])
const CHANGING = fixed('SELECT * FROM changing', ['v'], { shares: true })

describe('the context in which a statement is told of', () => {
  it('is its caller’s when it is refused, in a transaction and outside, also of several that are asked for together', async () => {
    const failures = heard('logQueryError', /missing_table/)
    const { dataSource } = postgres.world
    await asked.run('outside', () => rejection(send(dataSource, MISSING)))
    await rejection(
      transactional({}, async () => {
        await send(dataSource, SELECT_NOTE, 'a')
        await Promise.all(
          ['first', 'second'].map(name => asked.run(name, () => rejection(send(dataSource, MISSING)))),
        ).then(() => Promise.reject(new Error('enough')))
      }),
    )
    expect(failures.slice(0, 2)).toEqual(['outside', 'first'])
  })

  it('is its caller’s when it is sent again, because the connection has it otherwise', async () => {
    const { dataSource, database } = postgres.world
    await database.query('CREATE TABLE changing (v int); INSERT INTO changing VALUES (1)')
    try {
      await transactional({}, () => send(dataSource, CHANGING))
      await database.query('ALTER TABLE changing ALTER v TYPE text')
      const statements = heard('logQuery', /^ROLLBACK|changing/)
      const { rows } = await asked.run('reader', () => transactional({}, () => send(dataSource, CHANGING)))
      expect(rows).toEqual([{ v: '1' }])
      expect(statements).toEqual(['reader', 'reader', 'reader'])
    } finally {
      await database.query('DROP TABLE changing')
    }
  })

  it('is its caller’s when the client refuses at once, before anybody has asked for the answer', async () => {
    const { dataSource } = postgres.world
    const failures = heard('logQueryError', /FROM note/)
    const error = await rejection(
      transactional({}, async () => {
        await send(dataSource, INSERT_NOTE, 'a', 1)
        for (const client of clientsOf(dataSource)) refuseAtOnce(client)
        await asked.run('reader', () => send(dataSource, UNSHARED))
      }),
    )
    expect(error.message).toContain('refused at once')
    expect(failures).toEqual(['reader'])
    expect(await postgres.world.rows()).toEqual([])
  })

  it('goes on as its caller’s, whoever is answered in the same moment', async () => {
    const { dataSource } = postgres.world
    const both = gate()
    const reading = (name: string): Promise<string | undefined> =>
      asked.run(name, async () => {
        await both.opened
        await send(dataSource, SELECT_NOTE, name)
        return asked.getStore()
      })
    const found = await transactional({}, async () => {
      await send(dataSource, INSERT_NOTE, 'a', 1)
      const all = Promise.all(['x', 'y', 'z'].map(reading))
      both.open()
      return all
    })
    expect(found).toEqual(['x', 'y', 'z'])
  })
})
