import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type ts from 'typescript'
import { type Compilation, compile, emitDeclarations, PLAIN_OPTIONS } from '../query/types/support/compiler'
import { root } from './source-graph'

// The declarations that the package ships, and a program that uses them, against the types of each TypeORM that the
// package allows. Their own checks are on: an error inside a declaration would be hidden by skipLibCheck.

jest.setTimeout(120_000)

const BUILT = join(root, 'dist-of-types')
const PROGRAM = join(BUILT, 'program.ts')

const VERSIONS = [
  ['0.3', 'typeorm-0.3', 'sqlite'],
  ['1.1', 'typeorm', 'better-sqlite3'],
] as const

const declarations = emitDeclarations(BUILT)

describe.each(VERSIONS)('with the types of TypeORM %s', (version, folder, sqlite) => {
  const library = join(root, 'node_modules', folder)
  const options: ts.CompilerOptions = {
    ...PLAIN_OPTIONS,
    skipLibCheck: false,
    types: ['node'],
    paths: { ambit: [join(BUILT, 'index.d.ts')], typeorm: [join(library, 'index.d.ts')] },
  }
  const virtual = { ...declarations, [PROGRAM]: programOn(sqlite) }
  let found: Compilation
  beforeAll(() => {
    found = compile(Object.keys(virtual), { options, virtual })
  })

  it('that version is meant', () => {
    const { version: installed } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')) as {
      version: string
    }
    expect(installed.startsWith(`${version}.`)).toBe(true)
  })

  it('the declarations are right', () => {
    const paths = Object.keys(declarations)
    expect(paths.length).toBeGreaterThan(100)
    expect(paths.flatMap(path => found.problemsOf(path).map(problem => ({ path, ...problem })))).toEqual([])
  })

  it('a program that uses them is right', () => {
    expect(found.problemsOf(PROGRAM)).toEqual([])
  })

  it('what is wrong is seen', () => {
    const wrong = { ...virtual, [PROGRAM]: `${programOn(sqlite)}\nnew UserRepository().findById('one')` }
    const [problem] = compile([PROGRAM], { options, virtual: wrong }).problemsOf(PROGRAM)
    expect(problem?.message).toContain("'string' is not assignable to parameter of type 'number'")
  })
})

function programOn(sqlite: string): string {
  return `
import {
  afterCommit, bootstrap, CrudRepository, dataSourceToken, entityManager, InjectRepository, type Page, PageRequest,
  Query, Repository, Service, Sort, Transactional, transactional,
} from 'ambit'
import {
  Column, DataSource, Entity, EntityManager, type QueryRunner, PrimaryGeneratedColumn, Repository as OrmRepository,
} from 'typeorm'

@Entity()
export class User {
  @PrimaryGeneratedColumn() id!: number
  @Column() username!: string
  @Column() active!: boolean
}

@Repository(User)
export class UserRepository extends CrudRepository<User, number> {
  @Query({ where: 'username = :username', result: 'one' })
  declare findByUsername: (username: string) => Promise<User | null>
  @Query({ result: 'page' })
  declare findByActiveTrueOrderByUsernameAsc: (page: PageRequest) => Promise<Page<User>>

  orms(): [OrmRepository<User>, EntityManager] { return [this.orm, this.manager] }
}

@Service()
export class UserService {
  constructor(readonly users: UserRepository, @InjectRepository(User) readonly plain: OrmRepository<User>) {}

  @Transactional({ isolation: 'SERIALIZABLE', retry: 3 })
  async register(username: string): Promise<User> {
    afterCommit(() => undefined)
    const manager: EntityManager = entityManager()
    const runner: QueryRunner | undefined = manager.queryRunner
    if (runner?.isReleased) throw new Error('released')
    return this.users.save({ username, active: true })
  }
}

const dataSource = new DataSource({ type: '${sqlite}', database: ':memory:', entities: [User] })
const app = await bootstrap({ database: { dataSource, schema: 'create' }, components: [UserRepository, UserService] })
const user: User = await app.get(UserService).register('alice')
const again: User | null = await app.get(UserRepository).findByUsername(user.username)
const names: string[] = (await transactional({}, () => app.get(UserRepository).findAll(Sort.by('username')))).map(
  ({ username }) => username,
)
const same: DataSource = app.get(dataSourceToken('default'))
const manager: EntityManager = app.get(EntityManager)
export const all: unknown[] = [again, names, same, manager]
`
}
