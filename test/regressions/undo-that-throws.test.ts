import { CrudRepository, Repository, transactional } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn, VersionColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// Versions go back with their rows. An object that refuses that, frozen meanwhile, must not keep the rows.

@Entity('sealed')
class Sealed {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ type: 'varchar' })
  name!: string

  @VersionColumn()
  version!: number
}

@Repository(Sealed)
class SealedRepository extends CrudRepository<Sealed> {}

const told = 'An object could not be put back to what it was before its row was rolled back.'

describe.each(ENGINES)('an object that cannot be put back, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Sealed], components: [SealedRepository] }))
  const sealed = (): SealedRepository => running.app.get(SealedRepository)
  const names = async (): Promise<unknown[]> =>
    (await db.query<{ name: string }>('SELECT name FROM sealed ORDER BY id')).map(({ name }) => name)

  const failing = (stored: readonly Sealed[]) => async (): Promise<void> => {
    for (const each of stored) Object.freeze(await sealed().save(Object.assign(each, { name: 'changed' })))
    throw new Error('E')
  }

  it.each([
    ['a transaction', 'REQUIRED'],
    ['a NESTED block', 'NESTED'],
  ] as const)('does not keep the rows of %s, and is told of', async (_, propagation) => {
    const stored = await sealed().saveAll([{ name: 'a' }, { name: 'b' }])
    const block = () =>
      transactional({ propagation }, failing(stored)).catch((error: unknown) => (error as Error).message)
    const outer = async (): Promise<string | void> => {
      await sealed().insert({ name: 'outer' })
      return block()
    }
    expect(await (propagation === 'NESTED' ? transactional({}, outer) : block())).toBe('E')
    expect(await names()).toEqual(propagation === 'NESTED' ? ['a', 'b', 'outer'] : ['a', 'b'])
    expect(running.reports.splice(0).map(({ message }) => message)).toEqual([told, told])
  })
})
