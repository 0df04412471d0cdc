import {
  CrudRepository,
  currentTransaction,
  entityManager,
  InjectRepository,
  NotTransactional,
  Query,
  Repository,
  repositoryToken,
  Service,
  Transactional,
  transactional,
} from 'ambit'
import { DataSource, EntityManager, type Repository as OrmRepository } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'
import { LIBRARY, Publisher, PublisherRepository } from './library'

type Seen = [active: boolean, readOnly: boolean | undefined]

function seen(): Seen {
  const transaction = currentTransaction()
  return [transaction !== undefined, transaction?.readOnly]
}

abstract class Base extends CrudRepository<Publisher> {
  async own(): Promise<Seen> {
    await this.count()
    return seen()
  }

  @NotTransactional()
  async excluded(): Promise<Seen> {
    return Promise.resolve(seen())
  }

  @Transactional({ propagation: 'MANDATORY' })
  async mandatory(): Promise<Seen> {
    return Promise.resolve(seen())
  }

  @Query({ where: 'name = :name', result: 'one' })
  declare byName: (name: string) => Promise<Publisher | null>
}

@Repository(Publisher)
class Undeclared extends Base {
  @Transactional({ propagation: 'NESTED' })
  async insertDeclared(name: string): Promise<Publisher> {
    return this.orm.save({ name })
  }

  @NotTransactional()
  async insertExcluded(name: string): Promise<Publisher> {
    return this.orm.save({ name })
  }

  async *eachName(): AsyncGenerator<string> {
    for (const { name } of await this.orm.find({ order: { name: 'ASC' } })) {
      await this.orm.update({ name }, { name: `${name}!` })
      yield name
    }
  }

  async *failing(): AsyncGenerator<string> {
    yield 'first'
    await this.orm.query('SELECT * FROM nowhere')
  }
}

@Transactional({ readOnly: true })
@Repository(Publisher)
class DeclaredOutside extends Base {}

@Repository(Publisher)
@Transactional({ readOnly: true })
class DeclaredInside extends Base {}

@Repository(Publisher)
@Transactional({ propagation: 'MANDATORY' })
class Strict extends Base {
  @Transactional()
  async lenient(): Promise<number> {
    return this.count()
  }
}

@Service()
class Handles {
  constructor(
    @InjectRepository(Publisher) readonly orm: OrmRepository<Publisher>,
    readonly manager: EntityManager,
    readonly dataSource: DataSource,
  ) {}

  @Transactional()
  async store(failure?: Error): Promise<void> {
    await this.orm.save({ name: 'by repository' })
    await this.manager.insert(Publisher, { name: 'by manager' })
    await this.dataSource.getRepository(Publisher).insert({ name: 'by data source' })
    await entityManager().createQueryBuilder().insert().into(Publisher).values({ name: 'by builder' }).execute()
    await this.dataSource.query("INSERT INTO publisher (name) VALUES ('by SQL')")
    if (failure) throw failure
  }
}

const COMPONENTS = [Undeclared, DeclaredOutside, DeclaredInside, Strict, Handles]

describe.each(ENGINES)('boundaries of repositories on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ ...LIBRARY, components: [...LIBRARY.components, ...COMPONENTS] }))
  const names = async (): Promise<string[]> =>
    (await db.query<{ name: string }>('SELECT name FROM publisher ORDER BY name')).map(({ name }) => name)

  it('own methods are read-write, also those of a base class', async () => {
    expect(await running.app.get(Undeclared).own()).toEqual([true, false])
    expect(await transactional({ readOnly: true }, () => running.app.get(Undeclared).own())).toEqual([true, true])
  })

  it.each([
    ['above', DeclaredOutside],
    ['below', DeclaredInside],
  ])('@Transactional on the class holds for every method, %s @Repository', async (_, type) => {
    const repository = running.app.get(type)
    expect(await repository.own()).toEqual([true, true])
    await expect(repository.insert({ name: 'x' })).rejects.toMatchObject({ code: 'AMBIT_DATABASE_READ_ONLY' })
    expect(await repository.byName('x')).toBeNull()
    expect(await repository.excluded()).toEqual([false, undefined])
  })

  it('it holds for inherited methods and for declared queries', async () => {
    const strict = running.app.get(Strict)
    for (const call of [() => strict.count(), () => strict.findAll(), () => strict.byName('x'), () => strict.own()]) {
      await expect(call()).rejects.toMatchObject({ code: 'AMBIT_TX_MANDATORY' })
    }
    expect(db.log.commands).toEqual([])
    expect(await transactional({}, () => strict.count())).toBe(0)
    expect(await strict.lenient()).toBe(0)
  })

  it('@NotTransactional leaves a method in whatever its caller is in', async () => {
    const repository = running.app.get(Undeclared)
    expect(await repository.excluded()).toEqual([false, undefined])
    expect(await transactional({}, () => repository.excluded())).toEqual([true, false])
  })

  it('@Transactional on a method of a base class holds in the repository', async () => {
    const repository = running.app.get(Undeclared)
    await expect(repository.mandatory()).rejects.toMatchObject({ code: 'AMBIT_TX_MANDATORY' })
    expect(await transactional({}, () => repository.mandatory())).toEqual([true, false])
  })

  it('errors of the database are translated, however a method is declared', async () => {
    const repository = running.app.get(Undeclared)
    await repository.insert({ name: 'taken' })
    const calls = [
      () => repository.insertDeclared('taken'),
      () => repository.insertExcluded('taken'),
      () => repository.insert({ name: 'taken' }),
      () => running.app.get(DeclaredInside).insert({ name: 'taken' }),
    ]
    const failures = await Promise.allSettled(calls.map(call => call()))
    expect(failures.map(failure => failure.status === 'rejected' && (failure.reason as { code: string }).code)).toEqual(
      ['AMBIT_DATABASE_UNIQUE', 'AMBIT_DATABASE_UNIQUE', 'AMBIT_DATABASE_UNIQUE', 'AMBIT_DATABASE_READ_ONLY'],
    )
  })

  it('an async generator of a repository is one transaction, and its errors are translated too', async () => {
    const repository = running.app.get(Undeclared)
    await repository.saveAll([{ name: 'a' }, { name: 'b' }])
    db.log.clear()
    const found: string[] = []
    for await (const name of repository.eachName()) found.push(name)
    expect(found).toEqual(['a', 'b'])
    expect(await names()).toEqual(['a!', 'b!'])
    expect(db.log.commands.filter(command => command === 'BEGIN' || command === 'COMMIT')).toEqual(['BEGIN', 'COMMIT'])
    for await (const _ of repository.eachName()) break
    expect(await names()).toEqual(['a!', 'b!'])
    const consume = async (): Promise<void> => {
      for await (const name of repository.failing()) found.push(name)
    }
    await expect(consume()).rejects.toMatchObject({
      code: 'AMBIT_DATABASE_SQL',
      message: expect.stringContaining('Undeclared.failing'),
    })
  })

  it('a base class keeps its own methods', () => {
    expect(Object.hasOwn(Undeclared.prototype, 'own')).toBe(true)
    expect(Undeclared.prototype.own).not.toBe(Base.prototype.own)
    expect(Undeclared.prototype.own).not.toBe(Strict.prototype.own)
    expect(CrudRepository.prototype.count).not.toBe(Undeclared.prototype.count)
  })

  it('methods keep their name and their number of parameters', () => {
    const { own, update } = Undeclared.prototype
    expect([own.name, own.length, update.name, update.length]).toEqual(['own', 0, 'update', 2])
  })

  it("TypeORM's own handles work in the running transaction, whenever they were obtained", async () => {
    await running.app.get(Handles).store()
    expect(await names()).toEqual(['by SQL', 'by builder', 'by data source', 'by manager', 'by repository'])
    expect(db.log.commands.filter(command => command === 'BEGIN')).toHaveLength(1)
    expect(db.log.connections).toBe(1)
  })

  it('and roll back with it', async () => {
    await expect(running.app.get(Handles).store(new Error('undo'))).rejects.toThrow('undo')
    expect(await names()).toEqual([])
  })

  it('outside every transaction each call of them is one of its own', async () => {
    const { orm, manager } = running.app.get(Handles)
    await orm.insert({ name: 'a' })
    await manager.save(Publisher, { name: 'b' })
    expect(await names()).toEqual(['a', 'b'])
    expect(running.app.get(repositoryToken(Publisher))).toBe(orm)
  })

  it('dataSource.transaction is a savepoint inside a scope, and a scope outside', async () => {
    const { dataSource } = running.app.get(Handles)
    await transactional({}, async () => {
      await dataSource.getRepository(Publisher).insert({ name: 'outer' })
      const inner = dataSource.transaction(async manager => {
        await manager.insert(Publisher, { name: 'inner' })
        throw new Error('only the savepoint')
      })
      await expect(inner).rejects.toThrow('only the savepoint')
    })
    expect(await names()).toEqual(['outer'])
    db.log.clear()
    await dataSource.transaction(async () => {
      await running.app.get(PublisherRepository).insert({ name: 'joined' })
    })
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT publisher', 'COMMIT'])
  })

  it('a query runner of a scope leaves transaction control to the scope', async () => {
    await transactional({}, async () => {
      const runner = running.app.get(Handles).dataSource.createQueryRunner()
      await expect(runner.startTransaction()).rejects.toMatchObject({ code: 'AMBIT_DATA_SOURCE_EXPLICIT_TRANSACTION' })
      await runner.query("INSERT INTO publisher (name) VALUES ('by runner')")
      await runner.release()
    })
    expect(await names()).toEqual(['by runner'])
  })
})
