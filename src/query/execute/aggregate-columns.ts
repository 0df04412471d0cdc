import type { EntityMetadata } from 'typeorm'
import { isIdentifier } from '../ast/identifier'
import type { Aggregate, AggregateFunction } from '../builder/aggregates'
import type { Aggregation } from '../aggregation'
import type { AggregateColumn } from '../compile/aggregate-builder'
import { type ColumnKind, storedKind } from '../compile/column-kind'
import { resolveProperty } from '../compile/entity-properties'
import type { ColumnMetadata } from '../compile/metadata-types'
import { QueryDeclarationError } from '../errors'
import type { NamedValue } from '../plan/hydration'
import { checkSelect } from './projected-columns'
import { requireProperty } from './query-problems'

/** A column of an aggregation, and how its values are read. */
export interface CheckedColumn extends AggregateColumn {
  readonly from: NamedValue['from']
}

/**
 * The groups and values of an aggregation, checked against the entity.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_AGGREGATE`, UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`
 */
export function checkAggregation(
  metadata: EntityMetadata,
  { groupBy, values }: Pick<Aggregation<never>, 'groupBy' | 'values'>,
  label: string,
): readonly CheckedColumn[] {
  const entries = Object.entries(values)
  if (entries.length === 0) throw invalid(label, 'computes nothing', 'Name a value: values: { n: aggregates.count() }.')
  const groups = groupsOf(metadata, groupBy, label)
  const columns = [...groups, ...entries.map(([name, value]) => valueColumn(metadata, { name, value }, label))]
  for (const { name } of columns) requireName(name, columns, label)
  return columns.map((column, at) => ({ ...column, alias: `ambit_${at}` }))
}

type Unaliased = Omit<CheckedColumn, 'alias'>

function groupsOf(metadata: EntityMetadata, groupBy: Aggregation<never>['groupBy'], label: string): Unaliased[] {
  if (groupBy === undefined || Object.keys(groupBy).length === 0) return []
  const { columns } = checkSelect(metadata, groupBy, label)
  return columns.map(({ name, path, column }) => ({ name, path, call: undefined, numeric: false, from: column }))
}

interface NamedAggregate {
  readonly name: string
  readonly value: Aggregate<unknown>
}

function valueColumn(
  metadata: EntityMetadata,
  { name, value: { fn, path } }: NamedAggregate,
  label: string,
): Unaliased {
  if (!Object.hasOwn(FUNCTIONS, fn))
    throw invalid(label, `has no function for '${name}'`, 'Use aggregates.sum(…) and the like.')
  if (path === undefined) {
    if (fn !== 'count') throw invalid(label, `has ${fn} of no property`, `Name one: aggregates.${fn}('total').`)
    return { name, path, ...FUNCTIONS.count() }
  }
  requireProperty(metadata, path, label)
  const column = resolveProperty(metadata, path)?.column
  const kind = column === undefined ? 'other' : VALUE_KINDS[storedKind(column)]
  if (!FITS[fn].includes(kind)) throw invalid(label, `has ${fn} of '${path}', whose type it does not fit`, FITTING[fn])
  return { name, path, ...FUNCTIONS[fn](column, kind) }
}

/** What a column holds, as far as functions care. */
type ValueKind = 'integer' | 'decimal' | 'float' | 'ordered' | 'other'

/** What is of no type that is known here is left to the database. */
const VALUE_KINDS = {
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  decimal: 'decimal',
  real: 'float',
  double: 'float',
  text: 'ordered',
  date: 'ordered',
  time: 'ordered',
  timestamp: 'ordered',
  enum: 'ordered',
  boolean: 'other',
  uuid: 'other',
  json: 'other',
  bytes: 'other',
  list: 'other',
  other: 'ordered',
} as const satisfies Record<ColumnKind, ValueKind>

type Described = Pick<Unaliased, 'call' | 'form' | 'numeric' | 'transformed' | 'from'>

const FUNCTIONS = {
  count: () => ({ call: column => `COUNT(${column})`, numeric: true, from: Number }),
  countDistinct: () => ({ call: column => `COUNT(DISTINCT ${column})`, numeric: true, from: Number }),
  sum: (_, kind) => ({ call: column => `SUM(${column})`, form: SUM_FORMS[kind], numeric: true, from: READ[kind] }),
  avg: () => ({ call: column => `CAST(AVG(${column}) AS DOUBLE PRECISION)`, numeric: true, from: Number }),
  min: (column, kind) => extreme('MIN', column, kind),
  max: (column, kind) => extreme('MAX', column, kind),
} as const satisfies Record<AggregateFunction, (column: ColumnMetadata | undefined, kind: ValueKind) => Described>

function extreme(word: string, column: ColumnMetadata | undefined, kind: ValueKind): Described {
  const from = column ?? ((value: unknown) => value)
  const transformed = column?.transformer !== undefined
  return { call: inner => `${word}(${inner})`, numeric: kind !== 'ordered', transformed, from }
}

/** As text no driver rounds it. */
function asText(sum: string): string {
  return `CAST(${sum} AS TEXT)`
}

const SUM_FORMS: Readonly<Partial<Record<ValueKind, (sum: string) => string>>> = { integer: asText }

const READ: Readonly<Record<ValueKind, (value: unknown) => unknown>> = {
  integer: wholeNumber,
  decimal: digits,
  float: Number,
  ordered: digits,
  other: digits,
}

function wholeNumber(text: unknown): unknown {
  const number = Number(text)
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(String(text)) ? number : BigInt(String(text))
}

/** One form on every database: no zeros behind the last digit. */
function digits(value: unknown): string {
  const text = String(value)
  return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text
}

const NUMBERS: readonly ValueKind[] = ['integer', 'decimal', 'float']
const ANYTHING: readonly ValueKind[] = [...NUMBERS, 'ordered', 'other']

const FITS: Readonly<Record<AggregateFunction, readonly ValueKind[]>> = {
  count: ANYTHING,
  countDistinct: ANYTHING,
  sum: NUMBERS,
  avg: NUMBERS,
  min: [...NUMBERS, 'ordered'],
  max: [...NUMBERS, 'ordered'],
}

const FITTING: Readonly<Record<AggregateFunction, string>> = {
  count: '',
  countDistinct: '',
  sum: 'Sum numbers.',
  avg: 'Average numbers.',
  min: 'Compare numbers, texts and dates.',
  max: 'Compare numbers, texts and dates.',
}

function requireName(name: string, columns: readonly Unaliased[], label: string): void {
  if (!isIdentifier(name))
    throw invalid(
      label,
      `has the name ${JSON.stringify(name)}, which HAVING could not use`,
      "Use letters, digits and '_'.",
    )
  if (columns.filter(column => column.name === name).length > 1)
    throw invalid(label, `has two columns called '${name}'`, 'Give each group and value a name of its own.')
}

export function requireColumn(columns: readonly CheckedColumn[], name: string, label: string): void {
  if (columns.some(column => column.name === name)) return
  const known = columns.map(column => column.name).join(', ')
  throw invalid(label, `has no value and no group called '${name}'`, `Use one of ${known}.`)
}

export function invalid(label: string, problem: string, next: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_AGGREGATE', { what: `${label} ${problem}.`, where: label, next })
}
