import { defineQueryable } from 'ambit'
import { AndNode } from '../../../src/query/ast/and-node'
import { ComparisonNode } from '../../../src/query/ast/comparison-node'
import { LiteralNode } from '../../../src/query/ast/literal-node'
import { MembershipNode } from '../../../src/query/ast/membership-node'
import { NotNode } from '../../../src/query/ast/not-node'
import { OrNode } from '../../../src/query/ast/or-node'
import type { Predicate } from '../../../src/query/ast/predicate'
import { QueryBuilder } from '../../../src/query/builder/query-builder'
import type { Specification } from '../../../src/query/builder/specification'
import { DynamicQueries, type DynamicQuery } from '../../../src/query/execute/dynamic-queries'
import { Sort } from '../../../src/query/paging/sort'
import { bindingOf } from '../../../src/repository/binding'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { Contact, ContactRepository, CONTACTS, FOUR, names } from './contacts'

const where = (): QueryBuilder<Contact> => new QueryBuilder<Contact>()

/** All of them are true of every contact of the test. */
function condition(at: number): Predicate {
  return ComparisonNode.create('ne', 'firstname', LiteralNode.create(`nobody ${String(at)}`))
}

function wide(count: number): Predicate {
  return AndNode.create(Array.from({ length: count }, (_, at) => condition(at)))
}

/** Conjunctions and disjunctions in turn, so that none is taken into the other. */
function nested(levels: number, width: number, place: 'first' | 'last'): Predicate {
  // The longest text that a condition has.
  let tree: Predicate = MembershipNode.create('firstname', [LiteralNode.create('x'), LiteralNode.create('y')], {
    negated: true,
    ignoreCase: true,
  })
  for (let level = 0; level < levels; level++) {
    const others = Array.from({ length: width - 1 }, (_, at) => condition(level * width + at + 1))
    const parts: readonly Predicate[] = place === 'first' ? [tree, ...others] : [...others, tree]
    tree = level % 2 === 0 ? AndNode.create(parts) : OrNode.create(parts)
  }
  return tree
}

function negated(times: number): Predicate {
  let tree = condition(0)
  for (let time = 0; time < times; time++) tree = NotNode.create(tree)
  return tree
}

describe.each(ENGINES)('queries made at run time on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => CONTACTS)
  const contacts = (): ContactRepository => running.app.get(ContactRepository)
  const prepare = (specification?: Specification<Contact>, sort = 'age'): DynamicQuery =>
    DynamicQueries.of(bindingOf(contacts()).context).prepare(
      { specification, order: Sort.by(sort).terms },
      'ContactRepository.findMany',
    )
  const found = async (specification?: Specification<Contact>): Promise<string[]> =>
    names((await running.app.run(() => prepare(specification).select())) as Contact[])

  beforeEach(async () => {
    await contacts().saveAll([...FOUR])
    db.log.clear()
  })

  it('selects, counts and looks', async () => {
    const young = where().lt('age', 35)
    expect(await found(young)).toEqual(['Oliver', 'kevin'])
    expect(await running.app.run(() => prepare(young).count())).toBe(2)
    expect(await running.app.run(() => prepare(young).exists())).toBe(true)
    expect(await running.app.run(() => prepare(young.gt('age', 31)).exists())).toBe(false)
  })

  it('selects everything without a specification', async () => {
    expect(await found()).toHaveLength(4)
  })

  it('has one query for requests that differ in their values only', () => {
    const { query } = prepare(where().in('age', [1, 2]).or().eq('firstname', 'a'))
    expect(prepare(where().in('age', [3, 4, 5]).or().eq('firstname', 'b')).query === query).toBe(true)
    expect(prepare(where().in('age', [3]).and().eq('firstname', 'b')).query === query).toBe(false)
    expect(prepare(where().in('age', [3]).or().eq('firstname', 'b'), 'firstname').query === query).toBe(false)
  })

  it('sends one text for requests that differ in their values only', async () => {
    await found(where().in('age', [28, 31]).or().eq('firstname', 'Dave'))
    await found(where().in('age', [1, 2, 3]).or().eq('firstname', 'x'))
    const [first, second, third] = db.log.texts.filter(text => text.startsWith('SELECT'))
    expect(first).toContain('WHERE')
    expect([second, third]).toEqual([first, undefined])
  })

  it.each([
    ['in a row', wide(10_000)],
    ['in nested groups, each as the first of its group', nested(10, 1_000, 'first')],
    ['in nested groups, each as the last of its group', nested(10, 1_000, 'last')],
  ])('takes as many conditions as it says, %s', async (_, predicate) => {
    expect(await running.app.run(() => prepare({ predicate }).count())).toBe(4)
  })

  it('takes 400 levels that are fewer when they are made simple', async () => {
    expect(await running.app.run(() => prepare({ predicate: negated(400) }).count())).toBe(4)
  })

  it('runs the deepest filter that a queryable reads by default', async () => {
    const open = defineQueryable(Contact, { filter: ['age', 'firstname'] })
    const level = (depth: number): string =>
      depth === 0 ? "firstname <> 'x'" : `age > 1 or age > 2 and not (${level(depth - 1)} or age > 3)`
    const group = (depth: number): string =>
      `age > 1 or age > 2 and ${depth === 0 ? 'age > 3' : `(${group(depth - 1)})`}`
    for (const filter of [level(2), group(4)])
      expect(await running.app.run(() => prepare(open.parse({ filter })).count())).toBe(4)
    expect(() => open.parse({ filter: group(5) })).toThrow('AMBIT_QUERY_LIMIT')
  })

  it.each([
    ['10,001 conditions', wide(10_001)],
    ['11 levels', nested(11, 2, 'first')],
    ['100,000 levels', negated(100_000)],
  ])('refuses %s, before any SQL and before the stack ends', (_, predicate) => {
    expect(() => prepare({ predicate })).toThrow('[AMBIT_QUERY_TOO_LARGE]')
    expect(db.log.texts).toEqual([])
  })

  it('sends nothing for a limit of 0', async () => {
    expect(await running.app.run(() => prepare().select({ limit: 0 }))).toEqual([])
    expect(db.log.texts).toEqual([])
  })

  it('refuses an unknown property before any SQL', () => {
    const wrong: Specification<Contact> = new QueryBuilder().eq('firstnam', 'x')
    expect(() => prepare(wrong)).toThrow("Did you mean 'firstname'?".replaceAll("'", ''))
    expect(() => prepare(undefined, 'nmae')).toThrow('is no property of Contact')
    expect(db.log.texts).toEqual([])
  })
})
