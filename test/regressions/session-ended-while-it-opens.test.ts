import { bootstrap, transactional } from 'ambit'
import { DataSource } from 'typeorm'
import { createTestDatabase } from '../support/postgres'

// pg handles all messages of a packet in one go. Between the pool, which stops listening when it hands a connection out, and
// TypeORM, which starts a moment later, nobody heard of a session that was ended in the packet that had opened it: the error
// event ended the process.
it('a connection is listened to at every moment, also when the pool has just handed it out', async () => {
  const database = await createTestDatabase()
  const app = await bootstrap({ database: { url: database.url }, entities: [] })
  try {
    const dataSource = app.get(DataSource)
    await dataSource.query('SELECT 1')
    const { master } = dataSource.driver as unknown as { master: NodeJS.EventEmitter }
    // How many listen when the pool has stopped: the first who is taken off is the pool.
    const listeners = new Map<NodeJS.EventEmitter, number>()
    master.on('connect', (client: NodeJS.EventEmitter) => {
      const remove = client.removeListener.bind(client)
      client.removeListener = (name, listener) => {
        remove(name, listener)
        if (name === 'error' && !listeners.has(client)) listeners.set(client, client.listenerCount('error'))
        return client
      }
    })
    const work = (): Promise<unknown> => transactional({}, () => dataSource.query('SELECT pg_sleep(0.05)'))
    await Promise.all([work(), work(), work()])
    expect(listeners.size).toBeGreaterThan(0)
    expect(Math.min(...listeners.values())).toBeGreaterThan(0)
  } finally {
    await app.close()
    await database.drop()
  }
})
