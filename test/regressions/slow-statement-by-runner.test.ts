import { transactional } from 'ambit'
import pg from 'pg'
import { fixed, send } from '../data-source/postgres/statements'
import { postgresDatabase } from '../data-source/harness'

// With maxQueryExecutionTime set, every fixed statement of a transaction that went through TypeORM's runner was logged as
// slow a second time, with the milliseconds since 1970.

const postgres = postgresDatabase()

it('a statement that TypeORM’s runner sends is called slow by TypeORM alone', async () => {
  const { Pool, Client, defaults } = pg
  // A second: on a busy machine any statement takes a tenth of one now and then.
  const { dataSource, log } = await postgres.start({
    settings: { typeorm: { driver: { Pool, Client, defaults }, maxQueryExecutionTime: 1_000 } },
  })
  await transactional({}, () => send(dataSource, fixed('SELECT 1 AS n', ['n'])))
  expect(log.slow).toEqual([])
  await transactional({}, () => send(dataSource, fixed('SELECT pg_sleep(1.1)::text AS n', ['n'])))
  expect(log.slow).toEqual([{ text: 'SELECT pg_sleep(1.1)::text AS n', ms: expect.any(Number) as number }])
  expect(log.slow[0]?.ms).toBeLessThan(10_000)
})
