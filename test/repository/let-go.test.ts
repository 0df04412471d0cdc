import { AsyncResource } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { CrudRepository, currentTransaction, Repository, transactional } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

@Entity('let_go')
class Row {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
}

@Repository(Row)
class Rows extends CrudRepository<Row> {}

async function areCollected(objects: readonly WeakRef<object>[]): Promise<boolean> {
  const left = (): boolean => objects.some(object => object.deref() !== undefined)
  for (let round = 0; round < 20 && left(); round += 1) {
    await new Promise(resolve => setImmediate(resolve))
    collect()
  }
  return !left()
}

describe.each(ENGINES)('a transaction that is over, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Row], components: [Rows] }))

  it.each(['commits', 'rolls back'])('%s, and lets go of the entities that it wrote', async end => {
    const rows = running.app.get(Rows)
    const written: WeakRef<object>[] = []
    let late: AsyncResource | undefined
    const write = async (): Promise<void> => {
      for (const row of await rows.saveAll([{ name: 'a' }, { name: 'b' }])) written.push(new WeakRef(row))
      await transactional({ propagation: 'NESTED' }, async () => {
        written.push(new WeakRef(await rows.insert({ name: 'c' })))
      })
      // Whoever comes late still holds the transaction.
      late = new AsyncResource('late')
      if (end === 'rolls back') currentTransaction()?.setRollbackOnly()
    }
    await transactional({}, write)
    expect(await areCollected(written)).toBe(true)
    expect(written).toHaveLength(3)
    await late?.runInAsyncScope(async () => expect(rows.count()).rejects.toMatchObject({ code: 'AMBIT_TX_ENDED' }))
    expect(running.reports.splice(0)).toMatchObject([{ code: 'AMBIT_TX_ENDED' }])
  })
})
