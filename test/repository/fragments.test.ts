import {
  bootstrap,
  Component,
  CrudRepository,
  InjectRepository,
  Query,
  Repository,
  type Repository as StockRepository,
  Service,
  Sort,
  transactional,
} from 'ambit'
import { Column, type DeepPartial, Entity, type ObjectLiteral, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../support/engines'

@Entity('fragment_user')
class User {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
  @Column({ default: true }) active!: boolean
}

@Component()
class UserSearch {
  constructor(@InjectRepository(User) private readonly users: StockRepository<User>) {}

  async search(text: string): Promise<User[]> {
    return this.users
      .createQueryBuilder('u')
      .where('u.name LIKE :text', { text: `%${text}%` })
      .getMany()
  }

  describe(): string {
    return `${this.constructor.name} of ${this.users.metadata.name}`
  }
}

@Service()
class Shouting {
  async search(): Promise<User[]> {
    return Promise.reject(new Error('never called: the first fragment has it'))
  }

  async count(): Promise<number> {
    return Promise.resolve(-1)
  }

  async fail(): Promise<void> {
    return Promise.reject(new Error('no'))
  }
}

/* eslint-disable @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type -- the methods are those of the fragments */
interface Users extends UserSearch, Pick<Shouting, 'fail'> {}

@Repository(User, { fragments: [UserSearch, Shouting] })
class Users extends CrudRepository<User> {
  async shout(id: number): Promise<string> {
    return (await this.getById(id)).name.toUpperCase()
  }
}

@Repository(User)
class MoreUsers extends Users {}

interface OnlyFail extends Pick<Shouting, 'fail'> {}

@Repository(User, { fragments: [{ use: Shouting, methods: ['fail'] }] })
class OnlyFail extends CrudRepository<User> {}

/* eslint-enable */

/** A base of the user's own. */
abstract class BaseRepository<T extends ObjectLiteral & { name: string }> extends CrudRepository<T> {
  override async save(entity: DeepPartial<T>): Promise<T> {
    return super.save({ ...entity, name: `${String(entity.name)}!` })
  }

  override async count(): Promise<number> {
    return (await super.count()) + 100
  }

  async names(): Promise<string[]> {
    return (await this.findAll(Sort.by('name'))).map(({ name }) => name)
  }
}

@Repository(User)
class LoudUsers extends BaseRepository<User> {}

describe.each(ENGINES)('fragments and bases of repositories on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [User],
    components: [UserSearch, Shouting, Users, MoreUsers, OnlyFail, LoudUsers],
  }))
  const users = (): Users => running.app.get(Users)

  it('has the methods of its fragments, which work on what they were given', async () => {
    await users().saveAll([{ name: 'alice' }, { name: 'bob' }])
    expect((await users().search('li')).map(({ name }) => name)).toEqual(['alice'])
    expect(users().describe()).toBe('UserSearch of User')
    expect(users().search.name).toBe('search')
  })

  it('takes the first fragment that has a method, and any before CrudRepository', async () => {
    expect(await users().search('nobody')).toEqual([])
    expect(await users().count()).toBe(-1)
    const { id } = await users().insert({ name: 'carol' })
    expect(await users().shout(id)).toBe('CAROL')
  })

  it('runs them in a transaction of the repository', async () => {
    await users().search('x')
    expect(db.log.commands).toEqual(['BEGIN', 'SELECT fragment_user', 'COMMIT'])
    db.log.clear()
    await transactional({}, async () => {
      await users().insert({ name: 'd' })
      await users().search('d')
    })
    expect(db.log.commands.slice(0, 2)).toEqual(['BEGIN', 'INSERT fragment_user'])
    expect(db.log.commands.slice(-2)).toEqual(['SELECT fragment_user', 'COMMIT'])
    expect(db.log.connections).toBe(1)
    await expect(users().fail()).rejects.toThrow('no')
  })

  it('gives them to repositories that extend it', async () => {
    await running.app.get(MoreUsers).insert({ name: 'erin' })
    expect(await running.app.get(MoreUsers).search('erin')).toHaveLength(1)
  })

  it('takes only the methods that are named', async () => {
    expect(await running.app.get(OnlyFail).count()).toBe(0)
    await expect(running.app.get(OnlyFail).fail()).rejects.toThrow('no')
    expect('search' in running.app.get(OnlyFail)).toBe(false)
  })

  it('keeps the overrides of a base of your own', async () => {
    const loud = running.app.get(LoudUsers)
    await loud.save({ name: 'zoe' })
    expect(await loud.names()).toEqual(['zoe!'])
    expect(await loud.count()).toBe(101)
  })
})

describe('fragments that cannot work', () => {
  class NoComponent {
    async find(): Promise<void> {
      return Promise.resolve()
    }
  }

  @Component()
  class Empty {}

  @Repository(User, { fragments: [{ use: UserSearch, methods: ['serach'] }, Empty, undefined as never] })
  class Wrong extends CrudRepository<User> {}

  @Repository(User, { fragments: [Shouting] })
  class Clashing extends CrudRepository<User> {
    @Query({ where: 'active = true' })
    declare search: () => Promise<User[]>

    async fail(): Promise<void> {
      return Promise.resolve()
    }
  }

  @Repository(User, { fragments: [NoComponent] })
  class Unbuilt extends CrudRepository<User> {}

  it('SP-58 are all told of by the start, before any SQL', async () => {
    const start = bootstrap({
      database: { url: 'sqlite::memory:', schema: 'create' },
      entities: [User],
      components: [UserSearch, Shouting, Empty, Wrong, Clashing, Unbuilt],
      logger: silentLogger,
    })
    const error = await start.then(
      () => undefined,
      (failure: unknown) => failure as Error,
    )
    for (const part of [
      'The fragment UserSearch of Wrong has no method serach().',
      'The fragment Empty of Wrong has no public method.',
      'The fragment undefined of Wrong is no class',
      'The fragment Shouting of Clashing has search(), which is a declared query.',
      'The fragment Shouting of Clashing has fail(), which the repository has itself.',
      'NoComponent',
    ])
      expect(error?.message).toContain(part)
  })

  it('is refused outside an application', () => {
    expect(() => new Users().describe()).toThrow(expect.objectContaining({ code: 'AMBIT_REPOSITORY_UNBOUND' }))
  })

  it('refuses options that do not exist', () => {
    expect(() => Repository(User, { fragment: [] } as never)).toThrow("no option 'fragment'")
  })
})
