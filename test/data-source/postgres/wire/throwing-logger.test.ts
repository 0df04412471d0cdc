import { transactional } from 'ambit'
import { postgresWorld, rejection, StatementLog } from '../../harness'
import { INSERT_NOTE, SELECT_NOTE, send } from '../statements'

// A logger that throws fails the call that it was told of, and nothing else: the connection goes back, nobody waits for ever.

class Touchy extends StatementLog {
  armed = false

  override logQuery(...args: Parameters<StatementLog['logQuery']>): void {
    if (this.armed) throw new Error('the log is full')
    super.logQuery(...args)
  }
}

const logger = new Touchy()
const postgres = postgresWorld({ settings: { poolSize: 1, typeorm: { logger } } })

const read = (): Promise<unknown> => send(postgres.world.dataSource, SELECT_NOTE, 'a')

beforeEach(() => send(postgres.world.dataSource, INSERT_NOTE, 'a', 1))
afterEach(async () => {
  logger.armed = false
  expect(await read()).toEqual({ rows: [{ k: 'a', n: 1 }], affected: 1 })
})

it.each([
  ['a single read', read],
  ['a single write', () => send(postgres.world.dataSource, INSERT_NOTE, 'b', 1)],
  ['a read in a transaction', () => transactional({}, read)],
  ['a raw statement', () => postgres.world.dataSource.query('SELECT 1')],
])('fails %s', async (_name, work) => {
  const { pid } = await postgres.world.place()
  logger.armed = true
  expect(await rejection(work())).toMatchObject({ message: 'the log is full' })
  logger.armed = false
  expect(await postgres.world.rows()).toEqual(['a'])
  expect((await postgres.world.place()).pid).toBe(pid)
})

it('fails each of those that would have shared a round trip', async () => {
  logger.armed = true
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, read))
  expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('rejected'))
})
