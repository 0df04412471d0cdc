import fc from 'fast-check'
import { AmbitError } from '../../../src/core/ambit-error'
import type { DerivedQuery } from '../../../src/query/derived/derived-query'
import { parseDerivedName } from '../../../src/query/derived/parse-derived-name'
import { CrudRepository } from '../../../src/repository/crud-repository'
import { catalogueOf, type PropertyTree, type TreeProperty } from '../support/property-tree'
import { type Declaration, refused } from './support/declarations'

// The checks must never be stricter than the run time, whatever the entity looks like: entities are made at random of names
// that are hard to tell from keywords and from each other, names of queries of their paths. What the run time reads, the
// compiler must accept; the second test makes sure that it does so because it has understood the name.

jest.setTimeout(120_000)

const SHAPES = 40
const NAMES_PER_SHAPE = 10

const PROPERTY_NAMES = [
  ...['name', 'age', 'id', 'isActive', 'orderStatus', 'android', 'URL', '_id', 'first_name', 'x1', 'size'],
  ...['land', 'landAndSea', 'sea', 'or', 'order', 'orVendor', 'item', 'itemDesc', 'itemDescOrder', 'ascent', 'desc'],
  ...[
    'in',
    'inIn',
    'like',
    'isNot',
    'not',
    'between',
    'checked',
    'checkedIn',
    'trueFalse',
    'empty',
    'top',
    'by',
    'all',
  ],
  ...['größe', 'ßmall', 'état', '名前', 'nameIgnoreCase', 'firstOf'],
] as const
const RELATION_NAMES = [
  'team',
  'teamName',
  'vendor',
  'parent',
  'a',
  'ab',
  'item',
  'orders',
  'land',
  'in',
  'URL',
  'lead_of',
]
const ENTITIES = ['Root', 'Team', 'Vendor']

const plain = fc.constantFrom<TreeProperty>('string', 'number', 'boolean', 'date', 'unknown')
const columns = fc.uniqueArray(fc.tuple(fc.constantFrom(...PROPERTY_NAMES), plain), {
  minLength: 4,
  maxLength: 9,
  selector: ([name]) => name,
})
const relation = fc.record({ to: fc.constantFrom(...ENTITIES), many: fc.boolean() })
const embedded = columns.map(pairs => Object.fromEntries(pairs.slice(0, 4)))
const relations = fc.uniqueArray(
  fc.tuple(fc.constantFrom(...RELATION_NAMES), fc.oneof<fc.Arbitrary<TreeProperty>[]>(relation, relation, embedded)),
  { minLength: 1, maxLength: 3, selector: ([name]) => name },
)
const entity = fc.tuple(columns, relations).map(([low, high]) => Object.fromEntries<TreeProperty>([...low, ...high]))
const tree: fc.Arbitrary<PropertyTree> = fc
  .tuple(entity, entity, entity)
  .map(made => Object.fromEntries(made.map((each, at) => [ENTITIES[at], each])))

/** Ways to write a path of properties into a name: capitals, or underscores, which may leave the next word as it is. */
const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const written = (path: readonly string[], glue: readonly number[]): string =>
  path.map((name, at) => (at === 0 ? capitalised(name) : (GLUES[glue[at] ?? 0]?.(name) ?? ''))).join('')
const GLUES = [capitalised, capitalised, (name: string) => `_${capitalised(name)}`, (name: string) => `_${name}`]

const OPERATORS = [
  ...['', '', '', '', 'Is', 'Not', 'IsNot', 'LessThan', 'GreaterThanEquals', 'Between', 'IsNotBetween', 'Null', 'In'],
  ...['IsNotNull', 'True', 'IsFalse', 'NotIn', 'Like', 'StartsWith', 'NotContaining', 'Before', 'Equals', 'IgnoreCase'],
]
const SUBJECTS = [
  ...['find', 'find', 'find', 'findAll', 'findOne', 'findFirst', 'findTop3', 'findFirst_', 'getFirst3rd', 'getAll_'],
  ...['get', 'getOneÉtat', 'findFirst2États', 'count', 'exists', 'delete', 'stream', 'streamAllRoots', 'streamTop3'],
  ...['findDistinct', 'findRootsDistinctFirst', 'findTop', 'findTop10Distinct', 'getOne', 'findOne3rd', 'searchAllÉ'],
]

type Walk = readonly [steps: readonly number[], glue: readonly number[]]
const walk: fc.Arbitrary<Walk> = fc.tuple(
  fc.array(fc.nat(99), { minLength: 1, maxLength: 4 }),
  fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
)
const nameRecipe = fc.record({
  subject: fc.constantFrom(...SUBJECTS),
  parts: fc.array(fc.tuple(walk, fc.constantFrom(...OPERATORS), fc.constantFrom('And', 'And', 'Or')), { maxLength: 3 }),
  fold: fc.constantFrom('', '', '', '', 'AllIgnoreCase', 'AllIgnoringCase'),
  order: fc.array(fc.tuple(walk, fc.constantFrom('Asc', 'Desc')), { maxLength: 2 }),
})

describe('a name that the run time reads over an entity made at random', () => {
  const cases = lazily(sampled)
  const right = lazily(() => cases().map(each => declare(each, argumentsOf(each))))
  const wrong = lazily(() => cases().map(each => declare(each, [...argumentsOf(each), 'string'])))
  const entities = (): string =>
    cases()
      .map(({ text }) => text)
      .filter(unique)
      .join('\n')
  const verdicts = lazily(() => refused(entities(), right(), wrong()))

  it('is accepted with the arguments that it takes', () => {
    expect(cases().length).toBeGreaterThan(SHAPES * 5)
    expect(verdicts()[0]).toEqual([])
  })

  it('is refused with one argument more, but where it may be read in two ways', () => {
    expect(verdicts()[1]?.length).toBeGreaterThan(wrong().length / 2)
  })
})

interface Case {
  readonly shape: number
  /** The classes of the entities. */
  readonly text: string
  readonly name: string
  readonly query: DerivedQuery
}

function sampled(): readonly Case[] {
  const shapes = fc.sample(fc.tuple(tree, fc.array(nameRecipe, { minLength: 60, maxLength: 60 })), {
    seed: 20_27,
    numRuns: SHAPES,
  })
  return shapes.flatMap(([entities, recipes], shape) => {
    const text = classesOf(entities, shape)
    const names = recipes.map(recipe => nameOf(entities, recipe)).filter(unique)
    return names
      .flatMap(name => {
        const query = name in CrudRepository.prototype ? undefined : read(name, entities)
        return query === undefined ? [] : [{ shape, text, name, query }]
      })
      .slice(0, NAMES_PER_SHAPE)
  })
}

function nameOf(
  entities: PropertyTree,
  { subject, parts, fold, order }: typeof nameRecipe extends fc.Arbitrary<infer R> ? R : never,
): string {
  const conditions = parts.map(([walked, operator, joiner], at) => {
    return `${at === 0 ? '' : joiner}${pathText(entities, walked)}${operator}`
  })
  const keys = order.map(([walked, direction]) => `${pathText(entities, walked)}${direction}`)
  return `${subject}By${conditions.join('')}${fold}${keys.length === 0 ? '' : `OrderBy${keys.join('')}`}`
}

function pathText(entities: PropertyTree, [steps, glue]: Walk): string {
  const path: string[] = []
  let at: TreeProperty | undefined = entities['Root']
  for (const step of steps) {
    const below = belowOf(entities, at)
    const names = Object.keys(below)
    const name = names[step % names.length]
    if (name === undefined) break
    path.push(name)
    at = below[name]
  }
  return written(path, glue)
}

function belowOf(entities: PropertyTree, property: TreeProperty | undefined): Readonly<Record<string, TreeProperty>> {
  if (property === undefined || typeof property === 'string') return {}
  return isRelation(property) ? (entities[property.to] ?? {}) : property
}

function isRelation(property: object): property is { readonly to: string; readonly many?: boolean } {
  return 'many' in property && typeof property.many === 'boolean'
}

/** What the run time reads; anything but a refusal of ours is a fault of the test. */
function read(name: string, entities: PropertyTree): DerivedQuery | undefined {
  try {
    return parseDerivedName(name, catalogueOf(entities, 'Root'))
  } catch (error) {
    if (error instanceof AmbitError) return undefined
    throw error
  }
}

function classesOf(entities: PropertyTree, shape: number): string {
  const typeOf = (property: TreeProperty): string => {
    if (typeof property === 'string') return TYPES[property]
    if (isRelation(property)) return property.many ? `${property.to}${shape}[]` : `${property.to}${shape} | null`
    return `{ ${fieldsOf(property)} }`
  }
  const fieldsOf = (properties: Readonly<Record<string, TreeProperty>>, mark = ''): string =>
    Object.entries(properties)
      .map(([name, property]) => `${JSON.stringify(name)}${mark}: ${typeOf(property)}`)
      .join('; ')
  return Object.entries(entities)
    .map(([name, properties]) => `export class ${name}${shape} { ${fieldsOf(properties, '!')} }`)
    .join(' ')
}

function declare({ shape, name, query }: Case, types: readonly string[]): Declaration {
  const entityName = `Root${shape}`
  const args = types.map((type, at) => `a${at}: ${type}`).join(', ')
  return {
    entity: entityName,
    decorator: '@Query()',
    member: name,
    type: `(${args}) => ${ANSWERS[query.kind](entityName)}`,
  }
}

function argumentsOf({ query }: Case): readonly string[] {
  return query.parameters.map(({ type = 'other', role }) => {
    if (role === 'pattern') return 'string'
    return role === 'list' ? `readonly ${TYPES[type]}[]` : `${TYPES[type]} | null`
  })
}

function unique<T>(value: T, at: number, all: readonly T[]): boolean {
  return all.indexOf(value) === at
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

const TYPES = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  date: 'Date',
  other: 'unknown',
  unknown: 'unknown',
} as const

const ANSWERS: Readonly<Record<DerivedQuery['kind'], (entity: string) => string>> = {
  many: name => `Promise<${name}[]>`,
  one: name => `Promise<${name} | null>`,
  required: name => `Promise<${name}>`,
  stream: name => `AsyncIterable<${name}>`,
  count: () => 'Promise<number>',
  exists: () => 'Promise<boolean>',
  delete: () => 'Promise<number>',
}
