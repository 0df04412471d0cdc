import { CrudRepository, Repository } from 'ambit'
import fc from 'fast-check'
import { EntitySchema, type EntitySchemaColumnOptions, type ObjectLiteral, type ValueTransformer } from 'typeorm'

/** A kind of column with values that it can hold. */
interface ColumnKind {
  readonly options: EntitySchemaColumnOptions
  readonly values: fc.Arbitrary<unknown>
}

type EntityRepository = CrudRepository<ObjectLiteral>

/** An entity definition made at run time, with rows for it. */
export interface RandomEntity {
  readonly schema: EntitySchema
  readonly repository: new () => EntityRepository
  readonly rows: fc.Arbitrary<ObjectLiteral>
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map(each => each.replaceAll('\0', ''))
const plain = fc.constantFrom('a', 'b c', 'ü', '1', "it's", '"', '\\')
const json = fc.oneof(fc.dictionary(plain, fc.oneof(fc.integer(), plain, fc.constant(null))), fc.array(fc.integer()))
const date = fc.date({ min: new Date('0101-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
const bytes = fc.uint8Array({ maxLength: 8 }).map(each => Buffer.from(each))
const big = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }).map(String)

/** Shows null to whoever reads it, and changes all values. */
const marking: ValueTransformer = {
  to: (value: unknown) => (typeof value === 'string' ? `<${value}>` : value),
  from: (value: unknown) => (value === null ? 'nothing' : typeof value === 'string' ? value.slice(1, -1) : value),
}
const doubling: ValueTransformer = {
  to: (value: unknown) => (typeof value === 'number' ? value * 2 : value),
  from: (value: unknown) => (typeof value === 'number' ? value / 2 : value),
}

const COMMON: readonly ColumnKind[] = [
  { options: { type: 'integer' }, values: fc.integer() },
  { options: { type: Number }, values: fc.integer() },
  { options: { type: 'integer', transformer: doubling }, values: fc.integer({ min: -1000, max: 1000 }) },
  { options: { type: 'smallint', default: 7 }, values: fc.integer({ min: -9, max: 9 }) },
  { options: { type: 'bigint' }, values: big },
  { options: { type: 'boolean' }, values: fc.boolean() },
  { options: { type: Boolean }, values: fc.boolean() },
  { options: { type: 'boolean', default: true }, values: fc.boolean() },
  { options: { type: 'varchar' }, values: text },
  { options: { type: String, select: false }, values: text },
  { options: { type: 'text', transformer: marking }, values: plain },
  { options: { type: 'text', transformer: [marking, marking] }, values: plain },
  { options: { type: 'text', default: 'none' }, values: text },
  { options: { type: 'real' }, values: fc.constantFrom(0, 1.5, -2.25, 1e10) },
  { options: { type: 'numeric', precision: 20, scale: 4 }, values: fc.constantFrom(1, 2.5, 123456.75) },
  { options: { type: Date }, values: date },
  { options: { type: 'date' }, values: date.map(each => each.toISOString().slice(0, 10)) },
  { options: { type: 'time' }, values: fc.constantFrom('12:30:15', '00:00:00', '23:59:59') },
  { options: { type: 'simple-array' }, values: fc.array(fc.constantFrom('x', 'y z', '1'), { minLength: 1 }) },
  { options: { type: 'simple-json' }, values: json },
  { options: { type: 'simple-enum', enum: ['on', 'off', '3'] }, values: fc.constantFrom('on', 'off', '3') },
]

const POSTGRES: readonly ColumnKind[] = [
  ...COMMON,
  { options: { type: 'timestamptz' }, values: fc.oneof(date, fc.constantFrom(Infinity, -Infinity)) },
  { options: { type: 'timestamptz' }, values: fc.constant(new Date(-70_000_000_000_000)) },
  { options: { type: 'timestamp' }, values: date },
  { options: { type: 'timestamptz', default: () => 'now()' }, values: date },
  { options: { type: 'json' }, values: json },
  { options: { type: 'jsonb', default: { a: [1] } }, values: json },
  { options: { type: 'bytea' }, values: bytes },
  { options: { type: 'uuid' }, values: fc.uuid() },
  { options: { type: 'uuid', generated: 'uuid' }, values: fc.uuid() },
  { options: { type: 'double precision' }, values: fc.double({ noNaN: true }) },
  { options: { type: 'int', array: true }, values: fc.array(fc.integer()) },
  { options: { type: 'text', array: true, default: [] }, values: fc.array(plain) },
  { options: { type: 'timestamptz', array: true }, values: fc.array(date) },
  { options: { type: 'enum', enum: ['a', 'b c', '5'] }, values: fc.constantFrom('a', 'b c', '5') },
  { options: { type: 'enum', enum: ['a', 'b', '5'], array: true }, values: fc.array(fc.constantFrom('a', 'b', '5')) },
  { options: { type: 'interval' }, values: fc.constantFrom('1 day', '02:03:04.5') },
]

const SQLITE: readonly ColumnKind[] = [
  ...COMMON,
  { options: { type: 'datetime' }, values: date },
  { options: { type: 'datetime', default: () => 'CURRENT_TIMESTAMP' }, values: date },
  { options: { type: 'blob' }, values: bytes },
  { options: { type: 'double' }, values: fc.constantFrom(0.5, -7, 12.125) },
]

const GENERATED: readonly EntitySchemaColumnOptions[] = [
  { type: Date, createDate: true },
  { type: Date, updateDate: true },
  { type: 'integer', version: true },
  { type: Date, deleteDate: true, nullable: true },
]

interface Shape {
  readonly columns: readonly ColumnKind[]
  readonly inner: readonly ColumnKind[]
  readonly innermost: readonly ColumnKind[]
  readonly generated: readonly EntitySchemaColumnOptions[]
  readonly target: 'literal' | 'class' | 'initialising class'
  readonly renamed: boolean
}

/** That many entity definitions, the same for the same seed. */
export function randomEntities(engine: 'PostgreSQL' | 'SQLite', count: number, seed: number): RandomEntity[] {
  const kinds = fc.constantFrom(...(engine === 'PostgreSQL' ? POSTGRES : SQLITE))
  const shape = fc.record<Shape>({
    columns: fc.array(kinds, { minLength: 1, maxLength: 14 }),
    inner: fc.array(kinds, { maxLength: 3 }),
    innermost: fc.array(kinds, { maxLength: 2 }),
    generated: fc.subarray([...GENERATED]),
    target: fc.constantFrom('literal', 'class', 'initialising class'),
    renamed: fc.boolean(),
  })
  return fc.sample(shape, { numRuns: count, seed }).map((each, index) => entityOf(each, `random_${index}`))
}

function entityOf(shape: Shape, name: string): RandomEntity {
  const own = columnsOf(shape.columns, 'c', shape.renamed)
  const generated = Object.fromEntries(shape.generated.map((options, at) => [`made${at}`, options]))
  const inner = embeddedOf(`${name}_inner`, shape.inner, embeddedOf(`${name}_innermost`, shape.innermost))
  const target = shape.target === 'literal' ? undefined : targetOf(name, shape.target === 'initialising class')
  const schema = new EntitySchema<ObjectLiteral>({
    name,
    tableName: name,
    ...(target && { target }),
    columns: { id: { type: 'integer', primary: true, generated: 'increment' }, ...own, ...generated },
    ...(inner && { embeddeds: { in: { schema: inner, prefix: 'in_' } } }),
  })
  class RandomRepository extends CrudRepository<ObjectLiteral> {}
  Repository(target ?? schema)(RandomRepository)
  return { schema, repository: RandomRepository, rows: rowsOf(shape) }
}

function targetOf(name: string, initialises: boolean): new () => ObjectLiteral {
  if (!initialises) return { [name]: class {} }[name] as new () => ObjectLiteral
  const initialised = class {
    c1 = null
    own = { of: 'class' }
    c0 = null
  }
  return { [name]: class extends initialised {} }[name] as new () => ObjectLiteral
}

function embeddedOf(name: string, kinds: readonly ColumnKind[], inner?: EntitySchema): EntitySchema | undefined {
  if (kinds.length === 0) return undefined
  const embeddeds = inner && { embeddeds: { deep: { schema: inner, prefix: 'deep_' } } }
  return new EntitySchema<ObjectLiteral>({ name, columns: columnsOf(kinds, 'e', false), ...embeddeds })
}

function columnsOf(
  kinds: readonly ColumnKind[],
  prefix: string,
  renamed: boolean,
): Record<string, EntitySchemaColumnOptions> {
  const entries = kinds.map(({ options }, at) => {
    const name = renamed ? { name: `Column ${at}, of it` } : {}
    return [`${prefix}${at}`, { ...options, ...name, nullable: true }] as const
  })
  return Object.fromEntries(entries)
}

/** Some properties null, some left out. */
function rowsOf({ columns, inner, innermost }: Shape): fc.Arbitrary<ObjectLiteral> {
  const deep = valuesOf(innermost, 'e')
  const middle = fc.tuple(valuesOf(inner, 'e'), deep).map(([own, more]) => ({ ...own, deep: more }))
  return fc.tuple(valuesOf(columns, 'c'), fc.option(middle, { nil: undefined })).map(([own, embedded]) => ({
    ...own,
    ...(embedded && inner.length > 0 && { in: embedded }),
  }))
}

function valuesOf(kinds: readonly ColumnKind[], prefix: string): fc.Arbitrary<ObjectLiteral> {
  const model = Object.fromEntries(kinds.map(({ values }, at) => [`${prefix}${at}`, fc.option(values, { freq: 6 })]))
  return fc.record(model, { requiredKeys: [] })
}
