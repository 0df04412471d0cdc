import { CrudRepository, Query, Repository } from 'ambit'
import { EntitySchema, type EntitySchemaColumnOptions, type ObjectLiteral } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication, type TestEngine } from '../../support/engines'

/** A column, and as many different values for it as one asks for. */
interface Kind {
  readonly name: string
  readonly options: (engine: TestEngine['name']) => EntitySchemaColumnOptions
  readonly value: (n: number) => unknown
  /** Where a column has few values. */
  readonly distinct?: number
}

const LONG = 100_000
const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0')

const KINDS: readonly Kind[] = [
  { name: 'integer', options: () => ({ type: 'integer' }), value: n => n },
  { name: 'text', options: () => ({ type: 'varchar' }), value: n => `it's "${String(n)}" {,} \\ ü` },
  { name: 'bigint', options: () => ({ type: 'bigint' }), value: n => String(9_007_199_254_740_993n + BigInt(n)) },
  {
    name: 'bigint, given as such',
    options: () => ({ type: 'bigint' }),
    value: n => 9_007_199_254_740_993n + BigInt(n),
  },
  { name: 'uuid', options: () => ({ type: 'uuid' }), value: n => `00000000-0000-4000-8000-${hex(n, 12)}` },
  { name: 'decimal', options: () => ({ type: 'numeric', precision: 20, scale: 4 }), value: n => `${String(n)}.5` },
  { name: 'decimal, as numbers', options: () => ({ type: 'numeric', precision: 20, scale: 4 }), value: n => n + 0.25 },
  {
    name: 'date and time',
    options: engine => ({ type: engine === 'SQLite' ? 'datetime' : 'timestamptz' }),
    value: n => new Date(1_700_000_000_000 + n),
  },
  {
    name: 'date',
    options: () => ({ type: 'date' }),
    value: n => new Date(Date.UTC(2000, 0, 1 + n)).toISOString().slice(0, 10),
    distinct: 1_000,
  },
  { name: 'boolean', options: () => ({ type: 'boolean' }), value: n => n === 1, distinct: 1 },
  {
    name: 'enum',
    options: engine => ({ type: engine === 'SQLite' ? 'simple-enum' : 'enum', enum: ['no 0', 'no 1', 'no 2'] }),
    value: n => `no ${String(n)}`,
    distinct: 2,
  },
  {
    name: 'bytes',
    options: engine => ({ type: engine === 'SQLite' ? 'blob' : 'bytea' }),
    value: n => Buffer.from(hex(n, 12), 'hex'),
  },
  {
    name: 'text through a transformer',
    options: () => ({
      type: 'varchar',
      transformer: { to: (v: unknown) => (typeof v === 'string' ? `<${v}>` : v), from: (v: unknown) => v },
    }),
    value: n => `no ${String(n)}`,
  },
]

interface Lists extends CrudRepository<ObjectLiteral> {
  listed(values: readonly unknown[]): Promise<ObjectLiteral[]>
  unlisted(values: readonly unknown[]): Promise<ObjectLiteral[]>
  behind(values: readonly unknown[]): Promise<ObjectLiteral[]>
}

/** A table of its own for each kind. */
function tableOf({ options }: Kind, at: number, engine: TestEngine['name']) {
  const name = `listed_${String(at)}`
  const schema = new EntitySchema<ObjectLiteral>({
    name,
    columns: { id: { type: 'integer', primary: true }, of: { ...options(engine), nullable: true } },
    relations: {
      parent: { type: 'many-to-one', target: name, nullable: true, inverseSide: 'parts' },
      parts: { type: 'one-to-many', target: name, inverseSide: 'parent' },
    },
  })
  class ListRepository extends CrudRepository<ObjectLiteral> {}
  Query.unchecked({ where: 'of in :values order by id' })(ListRepository.prototype, 'listed')
  Query.unchecked({ where: 'of not in :values order by id' })(ListRepository.prototype, 'unlisted')
  Query.unchecked({ where: 'parts.of in :values order by id' })(ListRepository.prototype, 'behind')
  Repository(schema)(ListRepository)
  return { schema, repository: ListRepository as unknown as new () => Lists }
}

const ids = (rows: readonly ObjectLiteral[]): unknown[] => rows.map(row => row['id'] as unknown)

describe.each(ENGINES)('lists of 100,000 elements on $name', engine => {
  const tables = KINDS.map((kind, at) => ({ kind, ...tableOf(kind, at, engine.name) }))
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: tables.map(({ schema }) => schema) as never[],
    components: tables.map(({ repository }) => repository),
  }))

  it.each(tables)('of $kind.name', async ({ kind, repository }) => {
    const found = running.app.get(repository)
    const { value, distinct = LONG } = kind
    await found.saveAll([
      { id: 1, of: value(0), parent: { id: 1 } },
      { id: 2, of: value(1), parent: { id: 1 } },
      { id: 3, of: null },
    ])
    const long = Array.from({ length: LONG }, (_, n) => value(1 + (n % distinct)))
    db.log.clear()
    expect(ids(await found.listed(long))).toEqual([2])
    expect(ids(await found.unlisted(long))).toEqual([1])
    expect(ids(await found.behind(long))).toEqual([1])
    expect(ids(await found.listed([value(0)]))).toEqual([1])
    expect(ids(await found.listed([]))).toEqual([])
    expect(ids(await found.unlisted([]))).toEqual([1, 2, 3])
    // One text for lists of every length.
    const texts = db.log.texts.filter(text => text.startsWith('SELECT'))
    expect(new Set(texts).size).toBe(3)
    expect(Math.max(...texts.map(text => text.length))).toBeLessThan(1_000)
  })

  it.each(tables)('with a null among them: of $kind.name', async ({ kind, repository }) => {
    const found = running.app.get(repository)
    const { value } = kind
    await found.saveAll([
      { id: 1, of: value(0) },
      { id: 2, of: value(1) },
      { id: 3, of: null },
    ])
    expect(ids(await found.listed([value(1), null]))).toEqual([2])
    // Whether a value differs from an unknown one is unknown.
    expect(ids(await found.unlisted([value(1), null]))).toEqual([])
  })
})
