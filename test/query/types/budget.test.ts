import { join } from 'node:path'
import { root } from '../../architecture/source-graph'
import { compile } from './support/compiler'
import { type Declare, wideRepositories } from './support/wide-repositories'

// Instantiations are what the compiler's time is made of, and unlike time they are the same on every machine. The numbers of
// today are far below the budgets; a change that doubles them should be noticed all the same.

const METHODS = 200
jest.setTimeout(120_000)
const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const where: Declare = (column, at, entity) => {
  const [name, age, born] = [column('string', at), column('number', at + 1), column('Date', at + 2)]
  return `  @Query({ where: '${name} = :a${at} and ${age} >= :b${at} and ${born} < :c${at}' })
  declare find${at}: (params: { a${at}: string; b${at}: number; c${at}: Date }) => Promise<${entity}[]>`
}

const derived: Declare = (column, at, entity) => {
  const [name, age, born] = [column('string', at), column('number', at + 1), column('Date', at + 2)].map(capitalised)
  const order = `${age ?? ''}Desc${at % 2 === 0 ? '' : `${name ?? ''}Asc`}`
  return `  @Query()
  declare find${capitalised(String.fromCharCode(97 + at))}By${name ?? ''}And${age ?? ''}GreaterThanEqualAnd${born ?? ''}BeforeOrderBy${order}: (a: string, b: number, c: Date) => Promise<${entity}[]>`
}

const related: Declare = (column, at, entity) => {
  const age = capitalised(column('number', at))
  return `  @Query()
  declare find${capitalised(String.fromCharCode(97 + at))}ByTeamNameAndTeam_IdInOr${age}IsNotNullOrderByTeamNameDesc: (a: string, b: number[]) => Promise<${entity}[]>`
}

const named: Declare = (column, at, entity) =>
  derived(column, at, entity).replace('@Query()', `@(Query.of(${entity})())`)

const sql: Declare = (
  _,
  at,
) => `  @Query.sql('SELECT t${at}.id, t${at}.name FROM some_table t${at} JOIN other o ON o.id = t${at}.other WHERE t${at}.name = :name AND o.age >= :age ORDER BY 1')
  declare find${at}: (params: { name: string; age: number }) => Promise<{ id: number; name: string }[]>`

const unchecked: Declare = (_, at, entity) => `  @Query.unchecked()
  declare find${at}: (params: { name: string; age: number }) => Promise<${entity}[]>`

describe('what the checks cost the compiler', () => {
  it.each([
    ['where expressions with three parameters', where, 20, 2_000, 1_200],
    ['derived names with three conditions and an order', derived, 20, 1_000, 600],
    ['derived names over entities of 60 columns', derived, 60, 1_000, 600],
    ['derived names through a relation', related, 20, 1_000, 600],
    ['derived names of Query.of(Entity)', named, 20, 1_000, 600],
    ['raw SQL with two parameters', sql, 20, 1_000, 400],
    ['queries that are not checked', unchecked, 20, 50, 20],
  ])('of 200 %s is within its budget', (_what, declare, columns, budget, today) => {
    const { problems, instantiations } = costs(wideRepositories(declare, columns))
    expect(problems).toEqual([])
    expect(instantiations).toBeLessThanOrEqual(METHODS * budget)
    expect(instantiations).toBeLessThanOrEqual(METHODS * today)
  })

  it('does not grow with the length of a text', () => {
    const rest = 'x '.repeat(10_000)
    const long = costs(sqlQuery(`SELECT ${rest} WHERE a = :a`, 'a: number'))
    const short = costs(sqlQuery('SELECT x WHERE a = :a', 'a: number'))
    expect(long.problems).toEqual([])
    expect(long.instantiations).toBeLessThanOrEqual(short.instantiations + 50)
  })
})

it('lists the paths of 60 entities with 20 relations and 60 columns each within a budget', () => {
  const of = (count: number, text: (at: number) => string): string =>
    Array.from({ length: count }, (_, at) => text(at)).join('\n')
  const entities = of(60, entity => {
    const relations = of(20, at => `  relation${at}!: Entity${(entity + at * 3) % 60}`)
    return `class Entity${entity} {\n${relations}\n${of(60, at => `  column${at}!: string`)}\n}`
  })
  const { problems, instantiations } = costs(`import { Sort } from '${join(root, 'src/query/paging/sort')}'
${entities}
export const sort = Sort.by<Entity0>('relation1.relation2.column3')`)
  expect(problems).toEqual([])
  expect(instantiations).toBeLessThanOrEqual(120_000)
})

describe('how much the compiler can read', () => {
  const list = (count: number, text: (at: number) => string, joiner: string): string =>
    Array.from({ length: count }, (_, at) => text(at)).join(joiner)

  it('is 900 parameters of an SQL text', () => {
    const names = list(900, at => `:p${at}`, ', ')
    const params = `params: { ${list(900, at => `p${at}: number`, '; ')} }`
    expect(costs(sqlQuery(`SELECT ${names}`, params)).problems).toEqual([])
  })

  it('is 240 parameters of a where expression', () => {
    const text = list(
      240,
      at => `${at % 2 === 0 ? 'age' : 'name.length'} = :p${at}`.replace('name.length', 'age'),
      ' and ',
    )
    const params = `params: { ${list(240, at => `p${at}: number`, '; ')} }`
    expect(costs(query(`@Query({ where: '${text}' })`, 'find', params)).problems).toEqual([])
  })

  it('is a derived name of 100 conditions, though at run time 500 characters are the limit', () => {
    const name = `findBy${list(100, () => 'Age', 'And')}`
    expect(
      costs(
        query(
          '@Query()',
          name,
          list(100, at => `a${at}: number`, ', '),
        ),
      ).problems,
    ).toEqual([])
  })
})

function sqlQuery(text: string, args: string): string {
  return query(`@Query.sql('${text}')`, 'find', args)
}

function query(decorator: string, member: string, args: string): string {
  return `import { CrudRepository } from '${join(root, 'src/repository/crud-repository')}'
import { Query } from '${join(root, 'src/query/query.decorator')}'
class User { id!: number; age!: number }
export class Users extends CrudRepository<User> {
  ${decorator}
  declare ${member}: (${args}) => Promise<User[]>
}`
}

function costs(text: string): { problems: readonly unknown[]; instantiations: number } {
  const path = join(root, 'test/query/types/virtual/wide.ts')
  const found = compile([path], { virtual: { [path]: text } })
  return { problems: found.problemsOf(path), instantiations: found.instantiations }
}
