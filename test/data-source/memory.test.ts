import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bootstrap, CrudRepository, Repository, transactional } from 'ambit'
import { DataSource } from 'typeorm'
import { ENTITIES, Note } from './entities'
import { postgresDatabase, rejection } from './harness'

// What transactions hold. The garbage collector is asked, so what is alive is alive.

const postgres = postgresDatabase()

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Whether an object goes within a few collections. */
async function isCollected(object: WeakRef<object>): Promise<boolean> {
  for (let round = 0; round < 20 && object.deref() !== undefined; round += 1) {
    await new Promise(resolve => setImmediate(resolve))
    collect()
  }
  return object.deref() === undefined
}

describe('an ended transaction', () => {
  it.each([
    ['that committed', false, 'REQUIRED'],
    ['that was rolled back', true, 'REQUIRED'],
    ['that ran inside another', false, 'REQUIRES_NEW'],
  ] as const)(
    '%s is let go, though the connections that it opened idle in the pool',
    async (_what, fails, propagation) => {
      const dataSource = new DataSource({ type: 'postgres', url: postgres.database.url, entities: [...ENTITIES] })
      await dataSource.initialize()
      await dataSource.synchronize()
      const world = await postgres.start({ settings: { dataSource } })
      const run = async (): Promise<WeakRef<object>> => {
        const controller = new AbortController()
        const call = transactional({}, async () => {
          // The pool has one connection; it is taken, so that the next one is opened inside.
          if (propagation === 'REQUIRES_NEW') await world.write('outer')
          await transactional({ propagation, signal: controller.signal }, async () => {
            await world.write('a')
            await transactional({ propagation: 'REQUIRES_NEW' }, () => world.write('b'))
            if (fails) throw new Error('on purpose')
          })
        })
        await (fails ? rejection(call) : call)
        return new WeakRef(controller.signal)
      }
      const signal = await run()
      const { idleCount } = world.pool
      await world.app.close()
      const collected = await isCollected(signal)
      await dataSource.destroy()
      expect([collected, idleCount]).toEqual([true, propagation === 'REQUIRES_NEW' ? 3 : 2])
    },
  )
})

@Repository(Note)
class Notes extends CrudRepository<Note, string> {}

describe('a transaction that goes on', () => {
  // Its statements share turns, and a block knows its last turn.
  it('lets go of the rows that it has answered', async () => {
    const database = { url: postgres.database.url, schema: 'create' } as const
    const app = await bootstrap({ database, entities: [Note], components: [Notes] })
    const notes = app.get(Notes)
    await notes.insert({ k: 'a', n: 1, secret: null })
    const read = async (): Promise<WeakRef<object>> => new WeakRef(await notes.getById('a'))
    const collected = await transactional({}, async () => isCollected(await read()))
    await app.close()
    expect(collected).toBe(true)
  })
})
