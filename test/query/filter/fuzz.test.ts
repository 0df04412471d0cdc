import { isDeepStrictEqual } from 'node:util'
import { CrudRepository, defineQueryable, isAmbitError, Repository } from 'ambit'
import { InvalidSortError, PropertyNotAllowedError, QuerySyntaxError } from 'ambit/errors'
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn } from 'typeorm'
import { printPredicate } from '../../../src/query/ast/print-query'
import { selectBuilder } from '../../../src/query/compile/entity-builder'
import { DynamicQueries } from '../../../src/query/execute/dynamic-queries'
import type { QueryParams } from '../../../src/query/filter/query-params'
import { parseWhere } from '../../../src/query/parser/parse-where'
import { TokenCursor } from '../../../src/query/parser/token-cursor'
import { slotsLike } from '../../../src/query/plan/slot'
import { bindingOf } from '../../../src/repository/binding'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'

// A run is repeated by AMBIT_FUZZ_SEED=…, and made longer by AMBIT_FUZZ_RUNS=….
const SEED = Number(process.env['AMBIT_FUZZ_SEED'] ?? Date.now() % 2 ** 31)
const RUNS = Number(process.env['AMBIT_FUZZ_RUNS'] ?? 200_000)
const COMPILED = 1_500

@Entity('crate')
class Crate {
  @PrimaryGeneratedColumn() id!: number
  @Column() label!: string
  @Column() hidden!: string
}

@Entity('fruit')
class Fruit {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
  @Column({ type: 'int' }) age!: number
  @Column() fresh!: boolean
  @Column() picked!: Date
  @Column() secret!: string
  @ManyToOne(() => Crate) crate!: Crate | null
}

@Repository(Fruit)
class Fruits extends CrudRepository<Fruit> {}

const FILTERS = ['name', 'age', 'fresh', 'picked', 'crate.label'] as const
const SORTS = ['name', 'picked'] as const
const fruits = defineQueryable(Fruit, { filter: FILTERS, sort: SORTS })

describe(`${String(RUNS)} filters that nobody would write (AMBIT_FUZZ_SEED=${String(SEED)})`, () => {
  const [engine] = ENGINES
  if (engine === undefined) throw new Error('there is no database')
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Fruit, Crate], components: [Fruits] }))
  // Most of the work would be to write down where errors were made.
  const { stackTraceLimit } = Error
  beforeAll(() => void (Error.stackTraceLimit = 0))
  afterAll(() => void (Error.stackTraceLimit = stackTraceLimit))
  const again = `AMBIT_FUZZ_SEED=${String(SEED)}`

  it('are read or refused, and say nothing but what is open', () => {
    const random = randomOf(SEED)
    const accepted = new Map<string, QueryParams<Fruit>>()
    let refused = 0
    for (let run = 0; run < RUNS; run++) {
      const filter = textOf(random)
      const params = attempt({ filter })
      if (params === undefined) refused++
      else if (!accepted.has(String(params)) && check(params, filter)) accepted.set(String(params), params)
    }
    // Otherwise the texts would say nothing.
    expect(refused).toBeGreaterThan(RUNS / 10)
    expect(accepted.size).toBeGreaterThan(RUNS / 100)
    for (const params of [...accepted.values()].slice(0, COMPILED)) compile(params)
  }, 600_000)

  it('are read in steps that their length bounds', () => {
    const steps = jest.spyOn(TokenCursor.prototype, 'advance')
    const random = randomOf(SEED + 2)
    for (let run = 0; run < RUNS / 20; run++) {
      const filter = textOf(random)
      steps.mockClear()
      attempt({ filter })
      const { length } = steps.mock.calls
      if (length > filter.length + 3) throw new Error(`${again}: ${String(length)} steps for ${JSON.stringify(filter)}`)
    }
    expect(steps.mock.calls.length).toBeGreaterThan(0)
    steps.mockRestore()
  }, 300_000)

  it('are the same for a sort', () => {
    const random = randomOf(SEED + 1)
    for (let run = 0; run < RUNS / 10; run++) {
      const params = attempt({ sort: sortOf(random) })
      const paths = params?.sort?.terms.map(({ path }) => path) ?? []
      if (paths.some(path => !(SORTS as readonly string[]).includes(path))) throw new Error(`${again}: ${paths.join()}`)
    }
  }, 300_000)

  /** Answers `undefined` for what was refused by an error of ours; anything else is a failure. */
  function attempt(input: { filter?: string; sort?: string }): QueryParams<Fruit> | undefined {
    try {
      return fruits.parse(input)
    } catch (error) {
      const known = [QuerySyntaxError, PropertyNotAllowedError, InvalidSortError].some(kind => error instanceof kind)
      if (known && isAmbitError(error)) return undefined
      throw new Error(`${again}: ${JSON.stringify(input)}`, { cause: error })
    }
  }

  function check(params: QueryParams<Fruit>, filter: string): boolean {
    const { predicate } = params
    if (predicate === undefined) return false
    const open = params.properties.filter.every(path => (FILTERS as readonly string[]).includes(path))
    const text = printPredicate(predicate)
    const readAgain = parseWhere(text, { placeholders: 'none' }).predicate
    if (!open || !isDeepStrictEqual(readAgain, predicate))
      throw new Error(`${again}: ${JSON.stringify(filter)} is read as ${JSON.stringify(text)}`)
    return true
  }

  /** The SQL holds nothing but columns that are open, words that are ours, and marks for values. */
  function compile(params: QueryParams<Fruit>): void {
    try {
      const queries = DynamicQueries.of(bindingOf(running.app.get(Fruits)).context)
      const { query, values } = queries.prepare({ specification: params }, 'Fruits.findMany')
      const [sql] = selectBuilder(query.selection, slotsLike(values), {}).getQueryAndParameters()
      const condition = sql.slice(sql.indexOf(' WHERE ') + 1)
      const rest = condition
        .replace(COLUMN, '')
        .replace(WORDS, '')
        .replace(/[\s()<>=?,.*+-]|-1|\b[01]\b/g, '')
      if (rest !== '') throw new Error(`unexpected SQL: ${rest} in ${condition}`)
    } catch (error) {
      if (isAmbitError(error) && error.code === 'AMBIT_QUERY_VALUE') return
      throw new Error(`${again}: ${String(params)}`, { cause: error })
    }
  }
})

const COLUMN = /"entity"\."(?:name|age|fresh|picked)"|"entity__crate"\."label"/g
const WORDS = /\b(?:WHERE|AND|OR|NOT|IS|NULL|IN|BETWEEN|SELECT|FROM|json_each|value|LOWER|GLOB|instr|substr|length)\b/g

type Random = (below: number) => number

/** Mulberry32: small, and the same on every machine. */
function randomOf(seed: number): Random {
  let state = seed >>> 0
  return below => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

function pick<E>(random: Random, list: readonly E[]): E {
  const found = list[random(list.length)]
  if (found === undefined) throw new Error('nothing to pick from')
  return found
}

/** A well-formed filter, one with some of its characters changed, or a heap of pieces. */
function textOf(random: Random): string {
  const kind = random(10)
  if (kind < 3) return filterOf(random, 3)
  if (kind < 8) return mutated(random, filterOf(random, 3))
  return Array.from({ length: 1 + random(12) }, () => pick(random, PIECES)).join(pick(random, ['', ' ']))
}

function filterOf(random: Random, depth: number): string {
  const kind = random(depth > 0 ? 8 : 4)
  if (kind < 4) return conditionOf(random)
  if (kind === 4) return `not ${filterOf(random, depth - 1)}`
  if (kind === 5) return `(${filterOf(random, depth - 1)})`
  return `${filterOf(random, depth - 1)} ${pick(random, ['and', 'or', 'AND', 'Or'])} ${filterOf(random, depth - 1)}`
}

function conditionOf(random: Random): string {
  const path = random(12) === 0 ? pick(random, CLOSED) : pick(random, FILTERS)
  const value = (): string => pick(random, VALUES)
  const not = pick(random, ['', '', 'not '])
  return pick(random, [
    `${path} ${pick(random, ['=', '==', '<>', '!=', '<', '<=', '>', '>='])} ${value()}`,
    `${path} is ${not}${pick(random, ['null', 'true', 'FALSE'])}`,
    `${path} ${not}in (${value()}${random(2) === 0 ? '' : `, ${value()}`})`,
    `${path} ${not}between ${value()} and ${value()}`,
    `${path} ${not}${pick(random, ['like', 'ilike', 'contains', 'starts with', 'endswith'])} ${pick(random, TEXTS)}`,
  ])
}

function mutated(random: Random, text: string): string {
  let now = text
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(now.length + 1)
    const cut = random(3)
    now = now.slice(0, at) + (random(2) === 0 ? pick(random, PIECES) : '') + now.slice(at + cut)
  }
  return now
}

function sortOf(random: Random): string {
  const keys = Array.from({ length: 1 + random(3) }, () => {
    const path = pick(random, [...SORTS, ...SORTS, ...CLOSED])
    return `${pick(random, ['', '', '+', '-', ' '])}${path}${pick(random, ['', '', ' asc', ' DESC', ' nulls last'])}`
  })
  return random(2) === 0 ? keys.join(',') : mutated(random, keys.join(','))
}

const CLOSED = ['secret', 'id', 'crate', 'crate.hidden', 'crate.id', '__proto__', 'constructor', 'nowhere', '`secret`']
const TEXTS = [
  "'a'",
  '"b"',
  "'it''s'",
  "'%_\\\\'",
  "'\\u0041'",
  "''",
  "'; drop table fruit --'",
  "'2026-01-31'",
  "'😀'",
]
const VALUES = [
  ...TEXTS,
  '1',
  '-2',
  '3.5',
  '1e3',
  '9007199254740993',
  '1e400',
  'true',
  'False',
  "'2026-01-31T10:00:00Z'",
]
const PIECES = [
  ...[...FILTERS, ...CLOSED, ...VALUES],
  ...['and', 'or', 'not', 'in', 'is', 'null', 'like', 'between', 'ignore', 'case', 'order', 'by', 'starts', 'with'],
  ...[
    '=',
    '==',
    '<',
    '>',
    '!',
    '(',
    ')',
    '((',
    '))',
    ',',
    '.',
    '..',
    ';',
    '--',
    '/*',
    '*/',
    '#',
    '$1',
    '?',
    '?1',
    ':x',
  ],
  ...[
    "'",
    '"',
    '`',
    '\\',
    '\0',
    '\n',
    '\u00a0',
    '\u202e',
    '\ud800',
    'ä',
    '名',
    '😀',
    '+',
    '-',
    '%',
    '_',
    '0x1',
    '1.',
    '.5',
  ],
]
