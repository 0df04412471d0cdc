import { CrudRepository, Repository, Sort, where } from 'ambit'
import { BeforeInsert, Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// On PostgreSQL an upsert by a number that the database makes left the number out of its INSERT, as TypeORM does: no row was
// ever found by it, and each call made a new one.

@Entity('serial_plain')
class Plain {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
}

@Entity('serial_heard')
class Heard {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
  @BeforeInsert() listen(): void {
    // Its being there is what counts.
  }
}

@Repository(Plain)
class Plains extends CrudRepository<Plain> {}
@Repository(Heard)
class Heards extends CrudRepository<Heard> {}

type Names = CrudRepository<Plain>

describe.each(ENGINES)('an upsert by a serial key on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Plain, Heard], components: [Plains, Heards] }))

  it.each([
    ['that nobody listens to', (): Names => running.app.get(Plains)],
    ['with a listener', (): Names => running.app.get(Heards) as unknown as Names],
  ])('updates the row that has it, and inserts the one that has not: of an entity %s', async (_, repository) => {
    const names = repository()
    const { id } = await names.insert({ name: 'a' })
    expect(await names.upsert({ id, name: 'b' }, ['id'])).toEqual({ id, name: 'b' })
    const written = await names.upsertAll(
      [
        { id: id + 500, name: 'd' },
        { id, name: 'c' },
      ],
      ['id'],
    )
    expect(written.map(each => each.id)).toEqual([id + 500, id])
    expect(await names.findAll(Sort.by('id'))).toEqual([
      { id, name: 'c' },
      { id: id + 500, name: 'd' },
    ])
  })

  it('keeps to its condition', async () => {
    const names = running.app.get(Plains)
    const { id } = await names.insert({ name: 'a' })
    const unless = (name: string) => ({ where: where<Plain>().ne('name', name) })
    expect(await names.upsert({ id, name: 'b' }, ['id'], unless('a'))).toBeNull()
    expect(await names.upsert({ id, name: 'b' }, ['id'], unless('x'))).toEqual({ id, name: 'b' })
    expect(await names.count()).toBe(1)
  })
})
