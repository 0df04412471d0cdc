import { join } from 'node:path'
import { root } from '../../architecture/source-graph'
import { type Compilation, compile, REPOSITORY_OPTIONS } from './support/compiler'
import { sentenceOf } from './support/fixtures'

// What the compiler itself says where types meet decorators: the guide repeats these sentences, and each is a trap that the
// checks of queries once fell into, or that a user may.

jest.setTimeout(120_000)

const FOLDER = join(root, 'test/query/types/virtual')

const SHAPES = `export interface Shape { name: string }
export class User { id!: number; name!: string; age!: number; team!: Team }
export class Team { id!: number; name!: string }
export type Users = Promise<User[]>`

const HEADER = `import { CrudRepository, declared, PageRequest, Query, Sort, type Page } from '${join(root, 'src/index')}'
import type { Shape as ShapeAsType, Team, User, Users } from './shapes'
import { Shape } from './shapes'
`

/** Of the imports no program uses all; verbatim modules would want the interface imported as a type. */
const OPTIONS = { ...REPOSITORY_OPTIONS, noUnusedLocals: false, verbatimModuleSyntax: false }

/** Programs of one class each, by name; all are compiled at once, and asked about one by one. */
const PROGRAMS = {
  unionInValue: repository(`@Query({ where: 'age = :a' }) declare find: (a: number | string) => Users`),
  unionInList: repository(`@Query({ where: 'age in :a' }) declare find: (a: (number | string)[]) => Users`),
  unionOfLists: repository(`@Query({ where: 'age in :a' }) declare find: (a: number[] | string[]) => Users`),
  unionInPattern: repository(`@Query({ where: 'name like :a' }) declare find: (a: string | number) => Users`),
  unionInParams: repository(
    `@Query({ where: 'age = :a and name = :b' }) declare find: (p: { a: number; b: string | boolean }) => Users`,
  ),
  unionInName: repository(`@Query() declare findByAgeBetween: (a: number, b: number | Date) => Users`),
  unionInNamedList: repository(`@Query() declare findByAgeIn: (a: number[] | number) => Users`),
  unionOfResults: repository(
    `@Query({ where: 'age = 1', result: 'one' }) declare find: () => Promise<User | null> | Promise<User[]>`,
  ),
  unionWithNull: repository(`@Query({ where: 'age = :a' }) declare find: (a: number | null) => Users`),

  neverResult: repository(`@Query({ where: 'age = 1' }) declare find: () => Promise<never>`),
  neverReturn: repository(`@Query({ where: 'age = 1' }) declare find: () => never`),
  neverArgumentTooMany: repository(`@Query({ where: 'age = 1' }) declare find: (a: never) => Users`),
  neverMember: repository(`@Query({ where: 'age = 1' }) declare find: never`),

  genericBase: `abstract class Named<T extends { name: string }> extends CrudRepository<T> {
    @Query() declare findByName: (name: string) => Promise<T[]>
  }`,
  genericRedeclared: `abstract class Named<T extends { name: string }> extends CrudRepository<T> {
    abstract findByName: (name: string) => Promise<T[]>
  }
  export class Users1 extends Named<User> { @Query() declare findByName: (name: string) => Users }`,
  genericUnchecked: `export abstract class Named<T extends { name: string }> extends CrudRepository<T> {
    @Query.unchecked() declare findByName: (name: string) => Promise<T[]>
  }`,
  genericRedeclaredWrongly: `abstract class Named<T extends { name: string }> extends CrudRepository<T> {
    abstract findByNme: (name: string) => Promise<T[]>
  }
  export class Users1 extends Named<User> { @Query() declare findByNme: (name: string) => Users }`,

  overriddenProperty: `class Base extends CrudRepository<User> { @Query() declare findByName: (name: string) => Users }
  export class Sub extends Base { override async findByName(name: string): Users { return super.findByName(name) } }`,
  overriddenMethod: `class Base extends CrudRepository<User> { @Query() findByName(name: string): Users { return declared(name) } }
  export class Sub extends Base { override async findByName(name: string): Users { return super.findByName(name) } }`,
  port: `interface People { findByName(name: string): Users }
  export class Sql extends CrudRepository<User> implements People { @Query() declare findByName: (name: string) => Users }`,
  unusedParameter: repository(`@Query() findByName(name: string): Users { return declared() }`),

  optional: repository(`@Query() declare findByName: (name?: string) => Users`),
  overloadedRight: repository(`@Query() declare findByName: { (name: number): Users; (name: string): Users }`),
  overloadedWrong: repository(`@Query() declare findByName: { (name: string): Users; (name: number): Users }`),

  typeInMethod: repository(`@Query.unchecked() findByName(name: ShapeAsType): Users { return declared(name) }`),
  interfaceInMethod: repository(`@Query.unchecked() findByName(name: Shape): Users { return declared(name) }`),
  interfaceInProperty: repository(`@Query.unchecked() declare findByName: (name: Shape) => Users`),
  pageInMethod: repository(
    `@Query({ result: 'page' }) findByAge(age: number, page: PageRequest): Promise<Page<User>> { return declared(age, page) }`,
  ),

  sortKey: `export const sort = Sort.by<User>('team.nme')`,
  pageKey: `export const page = PageRequest.of<User>(0, 20, 'nme')`,
} as const

const found = (() => {
  let compilation: Compilation | undefined
  return (): Compilation =>
    (compilation ??= compile(Object.keys(PROGRAMS).map(pathOf), { options: OPTIONS, virtual: virtual() }))
})()

describe('a union', () => {
  it.each([
    ['unionInValue', "':a' has another type than its property 'age'"],
    ['unionInList', "':a' must be a list of what its property 'age' holds"],
    ['unionOfLists', "':a' must be a list of what its property 'age' holds"],
    ['unionInPattern', "':a' is a pattern for 'name', so it must be a string"],
    ['unionInParams', "':b' has another type than its property 'name'"],
    ['unionInName', 'argument 2 has the wrong type for its property'],
    ['unionInNamedList', 'argument 1 has the wrong type for its property'],
    ['unionOfResults', "result 'one' needs the return type Promise<Entity | null>"],
  ] as const)('is not let pass for one of its members: %s', (program, sentence) => {
    expect(problemsOf(program)).toEqual([expect.stringMatching(/^ambit: find\w*: /)])
    expect(problemsOf(program)[0]).toContain(sentence)
  })

  it('with null is what a condition may be given', () => {
    expect(problemsOf('unionWithNull')).toEqual([])
  })
})

describe('never', () => {
  it.each([
    ['neverResult', "result 'many' needs the return type Promise<Entity[]>"],
    ['neverReturn', 'a query method returns a Promise'],
    ['neverArgumentTooMany', 'the text has no :parameters, but the method takes an argument'],
    ['neverMember', 'it needs the type of a function'],
  ] as const)('swallows no verdict: %s', (program, sentence) => {
    expect(problemsOf(program)).toEqual([expect.stringContaining(sentence)])
  })
})

describe('a query in a class that is generic over its entity', () => {
  it('is refused, because its verdict waits for the entity', () => {
    expect(problemsOf('genericBase')).toEqual([expect.stringMatching(/^TS1240 /)])
  })

  it.each(['genericRedeclared', 'genericUnchecked'] as const)('works: %s', program => {
    expect(problemsOf(program)).toEqual([])
  })

  it('is checked where it is declared again', () => {
    expect(problemsOf('genericRedeclaredWrongly')).toEqual([`ambit: findByNme: 'nme' is no property of the entity`])
  })
})

describe('the two forms of a query', () => {
  it('cannot override a property by a method, so the method form is for what is overridden', () => {
    expect(problemsOf('overriddenProperty')).toContainEqual(
      expect.stringMatching(
        /^TS2425 Class 'Base' defines instance member property 'findByName', but extended class 'Sub' defines it as instance member function\./,
      ),
    )
    expect(problemsOf('overriddenMethod')).toEqual([])
  })

  it('implement an interface that has a method', () => {
    expect(problemsOf('port')).toEqual([])
  })

  it('want the arguments of a method passed on where unused parameters are errors', () => {
    expect(problemsOf('unusedParameter')).toEqual(["TS6133 'name' is declared but its value is never read."])
  })

  it('may name a page request in a method, which is a class', () => {
    expect(problemsOf('pageInMethod')).toEqual([])
  })

  it('name an interface in a property freely, and in a method only if it is imported as a type', () => {
    expect(problemsOf('interfaceInMethod')).toEqual([expect.stringMatching(/^TS1272 /)])
    expect(problemsOf('typeInMethod')).toEqual([])
    expect(problemsOf('interfaceInProperty')).toEqual([])
  })
})

describe('a function type', () => {
  it('with an optional parameter counts as one that may be missing', () => {
    expect(problemsOf('optional')).toEqual([
      'ambit: findByName: an argument may be missing; take the question mark away',
    ])
  })

  it('with overloads is read as its last one', () => {
    expect(problemsOf('overloadedRight')).toEqual([])
    expect(problemsOf('overloadedWrong')).toEqual(['ambit: findByName: argument 1 has the wrong type for its property'])
  })
})

it.each([
  ['sortKey', 'team.nme'],
  ['pageKey', 'nme'],
] as const)('a sort by an unknown property lists the known ones: %s', (program, key) => {
  expect(problemsOf(program)).toEqual([expect.stringContaining(`TS2345 Argument of type '"${key}"'`)])
  expect(problemsOf(program)[0]).toContain('"team.name"')
})

it('a decorated `declare`d property is an error where decorators are standard ones', () => {
  const path = pathOf('port')
  const options = { ...OPTIONS, experimentalDecorators: false, emitDecoratorMetadata: false }
  const codes = compile([path], { options, virtual: virtual() })
    .problemsOf(path)
    .map(({ code }) => code)
  expect(codes).toContain(1206)
})

function problemsOf(program: keyof typeof PROGRAMS): readonly string[] {
  return found().problemsOf(pathOf(program)).map(sentenceOf)
}

function repository(member: string): string {
  return `export class Repo extends CrudRepository<User> { ${member} }`
}

function pathOf(program: string): string {
  return join(FOLDER, `${program}.ts`)
}

/** Each program, after what all of them use. */
function virtual(): Record<string, string> {
  const texts = Object.entries(PROGRAMS).map(([name, text]) => [pathOf(name), HEADER + text])
  return { ...(Object.fromEntries(texts) as Record<string, string>), [join(FOLDER, 'shapes.ts')]: SHAPES }
}
