import { CrudRepository, Query, Repository } from 'ambit'
import {
  AfterLoad,
  BeforeInsert,
  Column,
  DataSource,
  Entity,
  type EntitySubscriberInterface,
  InsertQueryBuilder,
  JoinColumn,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  SelectQueryBuilder,
  TableInheritance,
} from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'

abstract class Named {
  @PrimaryGeneratedColumn()
  id!: number

  @Column({ type: 'varchar', nullable: true })
  name!: string | null
}

@Entity('plain')
class Plain extends Named {}

@Entity('listening')
class Listening extends Named {
  loaded = false
  inserted = false

  @AfterLoad()
  markLoaded(): void {
    this.loaded = true
  }

  @BeforeInsert()
  markInserted(): void {
    this.inserted = true
  }
}

@Entity('eager_owner')
class EagerOwner extends Named {
  @OneToOne(() => Plain, { eager: true, cascade: true })
  @JoinColumn()
  other!: Plain
}

@Entity('animal')
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
class Animal extends Named {}

@Entity('code')
class Code {
  @PrimaryColumn({ type: 'varchar' })
  code!: string

  @Column({ type: 'integer', nullable: true })
  value!: number | null
}

@Repository(Plain)
class PlainRepository extends CrudRepository<Plain> {
  @Query()
  declare findByName: (name: string | null) => Promise<Plain[]>
  @Query()
  declare deleteByName: (name: string | null) => Promise<number>
}
@Repository(Listening)
class ListeningRepository extends CrudRepository<Listening> {}
@Repository(EagerOwner)
class EagerRepository extends CrudRepository<EagerOwner> {}
@Repository(Animal)
class AnimalRepository extends CrudRepository<Animal> {}
@Repository(Code)
class CodeRepository extends CrudRepository<Code, string> {}

const COMPONENTS = [PlainRepository, ListeningRepository, EagerRepository, AnimalRepository, CodeRepository]

describe.each(ENGINES)('what takes a fixed statement, and what TypeORM does, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Plain, Listening, EagerOwner, Animal, Code],
    components: COMPONENTS,
  }))
  const plains = (): PlainRepository => running.app.get(PlainRepository)

  afterEach(() => jest.restoreAllMocks())

  /** How often TypeORM loaded, and inserted, meanwhile. */
  const builtDuring = async (work: () => Promise<unknown>): Promise<readonly [loads: number, inserts: number]> => {
    const loads = jest.spyOn(SelectQueryBuilder.prototype, 'getRawAndEntities')
    const inserts = jest.spyOn(InsertQueryBuilder.prototype, 'execute')
    await work()
    const counts = [loads.mock.calls.length, inserts.mock.calls.length] as const
    jest.restoreAllMocks()
    return counts
  }

  it('inserts, finds, counts and deletes a plain entity without TypeORM', async () => {
    const built = await builtDuring(async () => {
      const { id } = await plains().insert({ name: 'a' })
      expect(await plains().findById(id)).toEqual({ id, name: 'a' })
      expect(await plains().exists(id)).toBe(true)
      expect([await plains().count(), await plains().findAllById([id])]).toEqual([1, [{ id, name: 'a' }]])
      expect([await plains().deleteById(id), await plains().deleteById(id)]).toEqual([true, false])
    })
    expect(built).toEqual([0, 0])
  })

  it('has a text of its own for arguments that are null', async () => {
    const [a, none] = [await plains().insert({ name: 'a' }), await plains().insert({ name: null })]
    for (let round = 0; round < 2; round += 1) {
      expect(await plains().findByName('a')).toEqual([a])
      expect(await plains().findByName(null)).toEqual([none])
    }
    expect([await plains().deleteByName(null), await plains().deleteByName('a')]).toEqual([1, 1])
  })

  it('has a text of its own for each set of columns that is given', async () => {
    const first = await plains().insert({})
    const second = await plains().insert({ name: 'b' })
    const third = await plains().insert({})
    expect(await plains().findAllById([first.id, second.id, third.id])).toHaveLength(3)
    expect(second.id - first.id).toBe(1)
    expect(third.id - second.id).toBe(1)
  })

  it('leaves listeners of an entity to TypeORM', async () => {
    const listening = running.app.get(ListeningRepository)
    const built = await builtDuring(async () => {
      const made = await listening.insert({ name: 'a' })
      expect(made.inserted).toBe(true)
      expect((await listening.findById(made.id))?.loaded).toBe(true)
    })
    expect(built).toEqual([expect.any(Number), 1])
    expect(built[0]).toBeGreaterThan(0)
  })

  it('tells subscribers that come later, and only those of the entity', async () => {
    const { subscribers } = running.app.get(DataSource)
    const { id } = await plains().insert({ name: 'a' })
    await plains().findById(id)
    const heard: string[] = []
    const subscriber: EntitySubscriberInterface<Plain> = {
      listenTo: () => Plain,
      afterLoad: entity => void heard.push(`load ${String(entity.name)}`),
      beforeInsert: ({ entity }) => void heard.push(`insert ${String(entity.name)}`),
      beforeRemove: () => void heard.push('remove'),
    }
    subscribers.push(subscriber)
    try {
      await plains().findById(id)
      await plains().insert({ name: 'b' })
      await plains().deleteByName('b')
      await running.app.get(CodeRepository).insert({ code: 'x', value: 1 })
    } finally {
      subscribers.splice(subscribers.indexOf(subscriber), 1)
    }
    expect(heard).toEqual(['load a', 'insert b', 'remove'])
  })

  it('leaves eager relations to TypeORM', async () => {
    const owners = running.app.get(EagerRepository)
    const { id } = await owners.save({ name: 'owner', other: { name: 'other' } })
    const built = await builtDuring(async () => {
      expect(await owners.findById(id)).toMatchObject({ name: 'owner', other: { name: 'other' } })
    })
    expect(built[0]).toBeGreaterThan(0)
  })

  it('leaves tables of several entities to TypeORM', async () => {
    const animals = running.app.get(AnimalRepository)
    const { id } = await animals.insert({ name: 'cat' })
    expect(await animals.findById(id)).toMatchObject({ id, name: 'cat' })
    expect(await db.query('SELECT kind FROM animal')).toEqual([{ kind: 'Animal' }])
  })

  it('leaves SQL in place of a value to TypeORM', async () => {
    const codes = running.app.get(CodeRepository)
    const built = await builtDuring(() => codes.insert({ code: 'sum', value: (() => '20 + 22') as never }))
    expect(built[1]).toBe(1)
    expect(await codes.findById('sum')).toEqual({ code: 'sum', value: 42 })
  })

  it('compares a number with a text by its digits', async () => {
    const codes = running.app.get(CodeRepository)
    await codes.insert({ code: 5 as never, value: 1 })
    expect(await codes.findById(5 as never)).toEqual({ code: '5', value: 1 })
    expect(await codes.findById('5')).toEqual({ code: '5', value: 1 })
  })
})
