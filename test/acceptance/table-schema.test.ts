import { CrudRepository, type Page, PageRequest, Query, Repository, transactional } from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

/** There is another table of the same name on the search path: a query that forgot the schema would read that one. */
@Entity({ name: 'entry', schema: 'vault' })
class Kept {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string
}

@Entity({ name: 'entry' })
class Decoy {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string
}

@Repository(Kept)
class KeptRepository extends CrudRepository<Kept> {
  @Query({ where: 'name = :name' })
  declare byName: (name: string) => Promise<Kept[]>

  @Query({ where: "name like 'a%'", result: 'page' })
  declare pageOfA: (page: PageRequest) => Promise<Page<Kept>>

  @Query()
  declare countByName: (name: string) => Promise<number>

  @Query()
  declare deleteByName: (name: string) => Promise<number>
}

@Repository(Decoy)
class DecoyRepository extends CrudRepository<Decoy> {}

describe.each(ENGINES.filter(engine => !engine.oneWriter))('an entity in a schema of its own, on $name', engine => {
  const db = engineDatabase(engine)
  beforeAll(() => db.query('CREATE SCHEMA vault'))
  const running = runningApplication(db, () => ({
    entities: [Kept, Decoy],
    components: [KeptRepository, DecoyRepository],
  }))

  it('PS-W19 is found there by every kind of query, alone and in a transaction', async () => {
    const kept = running.app.get(KeptRepository)
    await running.app.get(DecoyRepository).saveAll([{ name: 'a' }, { name: 'a' }, { name: 'ab' }])
    await kept.saveAll([{ name: 'a' }, { name: 'b' }])
    const look = async (): Promise<unknown[]> => [
      (await kept.findAll()).length,
      (await kept.byName('a')).length,
      (await kept.pageOfA(PageRequest.of(0, 5))).total,
      await kept.countByName('a'),
      await kept.count(),
    ]
    expect(await look()).toEqual([2, 1, 1, 1, 2])
    expect(await transactional({}, look)).toEqual([2, 1, 1, 1, 2])
    expect(await kept.deleteByName('a')).toBe(1)
    expect(await running.app.get(DecoyRepository).count()).toBe(3)
    expect(await db.query('SELECT name FROM vault.entry')).toEqual([{ name: 'b' }])
  })
})
