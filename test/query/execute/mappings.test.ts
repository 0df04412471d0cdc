import {
  CrudRepository,
  NotTransactional,
  PageRequest,
  Query,
  Repository,
  Sort,
  Transactional,
  transactional,
} from 'ambit'
import {
  AfterLoad,
  ChildEntity,
  Column,
  DefaultNamingStrategy,
  Entity,
  EntitySchema,
  ManyToOne,
  PrimaryGeneratedColumn,
  TableInheritance,
} from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'

@Entity('animal')
@TableInheritance({ column: { type: 'varchar', name: 'kind' } })
class Animal {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  petName!: string
}

@ChildEntity('cat')
class Cat extends Animal {
  @Column({ nullable: true })
  lives!: number
}

@ChildEntity('dog')
class Dog extends Animal {
  @ManyToOne(() => Cat, { nullable: true })
  chases!: Cat | null
}

/** A column that is read only where it is asked for, and a hook of the entity. */
@Entity('account')
class Account {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  login!: string

  @Column({ select: false })
  secret!: string

  greeting?: string

  @AfterLoad()
  greet(): void {
    this.greeting = `hello ${this.login}`
  }
}

interface Tag {
  readonly id: number
  readonly word: string
}

/** An entity without a class. */
const TagSchema = new EntitySchema<Tag>({
  name: 'Tag',
  tableName: 'tag',
  columns: { id: { type: 'integer', primary: true, generated: true }, word: { type: 'varchar' } },
})

class SnakeNames extends DefaultNamingStrategy {
  override columnName(property: string, custom: string | undefined, prefixes: string[]): string {
    return custom ?? [...prefixes, property].join('_').replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
  }
}

@Repository(Animal)
class AnimalRepository extends CrudRepository<Animal> {
  @Query({ where: 'petName like :name order by petName' })
  declare named: (name: string) => Promise<Animal[]>
}

@Repository(Cat)
class CatRepository extends CrudRepository<Cat> {
  @Query()
  declare findByPetNameStartingWithOrderByPetName: (part: string) => Promise<Cat[]>
  @Query()
  declare countByPetNameStartingWith: (part: string) => Promise<number>
  @Query()
  declare deleteByPetNameStartingWith: (part: string) => Promise<number>
}

@Repository(Dog)
class DogRepository extends CrudRepository<Dog> {
  @Query()
  declare findByChasesPetName: (name: string) => Promise<Dog[]>
  @Query()
  declare deleteByChasesPetName: (name: string) => Promise<number>
}

@Repository(Account)
class AccountRepository extends CrudRepository<Account> {
  @Query({ where: 'secret = :secret', result: 'one' })
  declare bySecret: (secret: string) => Promise<Account | null>

  @NotTransactional()
  @Query.sql('SELECT count(*) FROM account', { result: 'scalar' })
  declare countNow: () => Promise<number>

  @Transactional({ propagation: 'NOT_SUPPORTED' })
  @Query.sql('SELECT count(*) FROM account', { result: 'scalar' })
  declare countOutside: () => Promise<number>
}

@Repository(TagSchema)
class TagRepository extends CrudRepository<Tag> {
  @Query({ where: 'word in :words order by word' })
  declare ofWords: (words: readonly string[]) => Promise<Tag[]>
}

describe.each(ENGINES)('mappings of TypeORM on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    database: {
      ...db.settings,
      typeorm: { ...db.settings.typeorm, namingStrategy: new SnakeNames() },
    },
    entities: [Animal, Cat, Dog, Account, TagSchema],
    components: [AnimalRepository, CatRepository, DogRepository, AccountRepository, TagRepository],
  }))
  const names = (rows: readonly Animal[]): string[] => rows.map(({ petName }) => petName)

  it('a naming strategy names the columns, not the properties', async () => {
    await running.app.get(AnimalRepository).save({ petName: 'x' })
    expect(await db.query('SELECT pet_name FROM animal')).toEqual([{ pet_name: 'x' }])
    expect(names(await running.app.get(AnimalRepository).named('%'))).toEqual(['x'])
    expect(names(await running.app.get(AnimalRepository).findAll(Sort.by<Animal>('petName').ignoreCase()))).toEqual([
      'x',
    ])
  })

  it('a child entity means its own rows in every query', async () => {
    const [cats, dogs] = [running.app.get(CatRepository), running.app.get(DogRepository)]
    const [tom] = await cats.saveAll([{ petName: 'tom', lives: 9 }, { petName: 'tim' }])
    await dogs.saveAll([{ petName: 'tip', chases: tom as Cat }, { petName: 'top' }])
    expect(names(await cats.findByPetNameStartingWithOrderByPetName('t'))).toEqual(['tim', 'tom'])
    expect(await cats.countByPetNameStartingWith('t')).toBe(2)
    expect((await cats.findAll(PageRequest.of(0, 1))).total).toBe(2)
    expect(names(await dogs.findByChasesPetName('tom'))).toEqual(['tip'])
    const all = await running.app.get(AnimalRepository).named('t%')
    expect(all.map(animal => animal.constructor.name)).toEqual(['Cat', 'Dog', 'Cat', 'Dog'])
    expect(await dogs.deleteByChasesPetName('tom')).toBe(1)
    expect(await cats.deleteByPetNameStartingWith('t')).toBe(2)
    expect(names(await running.app.get(AnimalRepository).findAll())).toEqual(['top'])
  })

  it('a column that is not selected can be asked for, and is not answered; hooks of the entity run', async () => {
    const accounts = running.app.get(AccountRepository)
    await accounts.save({ login: 'ann', secret: 'pw' })
    const ann = await accounts.bySecret('pw')
    expect({ ...ann }).toEqual({ id: expect.any(Number), login: 'ann', greeting: 'hello ann' })
  })

  it('an entity may be a schema without a class', async () => {
    const tags = running.app.get(TagRepository)
    await tags.saveAll([{ word: 'b' }, { word: 'a' }])
    expect((await tags.ofWords(['a', 'b', 'c'])).map(({ word }) => word)).toEqual(['a', 'b'])
    expect(await tags.getById((await tags.findAll())[0]?.id ?? 0)).toMatchObject({ word: expect.any(String) })
  })

  it('a query with no transaction of its own runs in whatever its caller is in', async () => {
    const accounts = running.app.get(AccountRepository)
    expect(await accounts.countNow()).toBe(0)
    expect(db.log.commands).toEqual(['COUNT account'])
    await transactional({}, async () => {
      await accounts.insert({ login: 'a', secret: 'b' })
      expect(await accounts.countNow()).toBe(1)
      expect(await accounts.countOutside()).toBe(0)
    })
    expect(await accounts.countOutside()).toBe(1)
  })
})
