import type { DataSource, EntityMetadata } from 'typeorm'
import type { ColumnMetadata } from '../compile/metadata-types'
import { tableOf } from '../compile/table-name'
import { type RowSource, rowSource } from './row-source'
import type { TableFacts } from './table-facts'

/** What an INSERT of many rows is made of. */
export interface RecordsetParts {
  readonly dataSource: DataSource
  readonly metadata: EntityMetadata
  /** The columns that the rows give. */
  readonly given: readonly ColumnMetadata[]
  readonly returned: readonly ColumnMetadata[]
  /** What a stored row is known by as the one that was given. */
  readonly keys: readonly ColumnMetadata[]
  /** `ON CONFLICT …`, for an upsert. */
  readonly behind?: Behind
  /** Whether that may leave rows as they are: each is answered all the same, one that was not written without its values. */
  readonly mayLeave?: boolean
  readonly facts: TableFacts
}

/** What stands behind an INSERT, whose own values come behind those of the rows. */
export interface Behind {
  /** The same for all texts that are. */
  readonly key: string
  textAt(values: number): string
}

/** An INSERT of any number of rows. */
export interface RecordsetText {
  readonly text: string
  readonly form: RowSource['form']
  /** The names of the columns that it answers; none where it only says how many rows it has stored. */
  readonly columns: readonly string[]
  /** The key that says in which order its rows came: each value is behind the one before. */
  readonly counted: ColumnMetadata | undefined
}

/**
 * The text of an INSERT of any number of rows, which answers them in the order they came in; `undefined` where it could not.
 *
 * PostgreSQL does not say in which order RETURNING answers. A key that counts up shows it: rows get it in the order in which
 * they are given. Other keys that the database makes are made beside the rows, before they are stored, and what is stored is
 * joined to what was given by its key.
 */
export function recordsetText(parts: RecordsetParts): RecordsetText | undefined {
  const { dataSource, metadata, given, returned, keys, behind, facts } = parts
  const quoted = ({ databaseName }: ColumnMetadata): string => dataSource.driver.escape(databaseName)
  const made = keys.filter(key => !given.includes(key))
  if (keys.length === 0 || made.some(key => facts.makerOf(key.databaseName) === undefined)) return undefined
  const table = tableOf(dataSource, metadata)
  const source = rowSource({ table, given, facts, quoted })
  // TypeORM's first version.
  const versions = metadata.columns.filter(column => column.isVersion && column.isInsert && !given.includes(column))
  const values = [...given.map(column => [column, source.valueOf(column)] as const), ...versions.map(firstVersion)]
  const statement: StatementParts = { ...parts, table, source, made, values, quoted }
  const counted = made.find(key => made.length === 1 && returned.includes(key) && facts.isCounted(key.databaseName))
  const plain = behind === undefined && values.length > 0 && (returned.length === 0 || counted !== undefined)
  const columns = returned.map(({ databaseName }) => databaseName)
  return plain
    ? { text: plainText(statement), form: source.form, columns, counted }
    : {
        text: matchedText(statement),
        form: source.form,
        columns: columns.length > 0 ? columns : [NOTHING],
        counted: undefined,
      }
}

interface StatementParts extends RecordsetParts {
  readonly table: string
  readonly source: RowSource
  readonly made: readonly ColumnMetadata[]
  readonly values: readonly (readonly [column: ColumnMetadata, value: string])[]
  readonly quoted: (column: ColumnMetadata) => string
}

function firstVersion(column: ColumnMetadata): readonly [ColumnMetadata, string] {
  return [column, '1']
}

/** Defaults are drawn behind the sort, so that a sequence counts in the order of the rows. */
function plainText({ table, source, values, returned, quoted }: StatementParts): string {
  const columns = values.map(([column]) => quoted(column)).join(', ')
  const selected = values.map(([, value]) => value).join(', ')
  const answer = returned.length === 0 ? '' : ` RETURNING ${returned.map(quoted).join(', ')}`
  return `INSERT INTO ${table}(${columns}) SELECT ${selected} FROM ${source.from} ORDER BY ${source.place}${answer}`
}

function matchedText(parts: StatementParts): string {
  const { table, source, made, values, returned, keys, behind, mayLeave = false, facts, quoted } = parts
  const all = [...made.map(key => [key, facts.makerOf(key.databaseName) ?? ''] as const), ...values]
  const named = all.map(([column, value]) => `${value} AS ${quoted(column)}`)
  const stored = all.map(([column]) => quoted(column)).join(', ')
  const identity = made.some(key => facts.isIdentity(key.databaseName)) ? ' OVERRIDING SYSTEM VALUE' : ''
  // Rows that are there are locked one after the other: everybody's in one order, so that nobody waits for somebody who waits.
  const order = behind === undefined ? 'ambit_place' : keys.map(quoted).join(', ')
  const insert = `INSERT INTO ${table}(${stored})${identity} SELECT ${stored} FROM ambit_given`
  const known = behind === undefined && returned.every(column => keys.includes(column))
  return [
    `WITH ambit_given AS MATERIALIZED (SELECT ${named.join(', ')}, ${source.place} AS ambit_place FROM ${source.from}),`,
    `ambit_stored AS (${insert} ORDER BY ${order}${behind?.textAt(source.values) ?? ''} RETURNING`,
    known
      ? answerOfGiven(returned.map(quoted))
      : answerOfStored({ keys: keys.map(quoted), returned: returned.map(quoted), mayLeave }),
    'ORDER BY g.ambit_place',
  ].join(' ')
}

/** Keys that were made here are known already; what is left to know is whether all rows are stored. */
function answerOfGiven(returned: readonly string[]): string {
  const counts = '(SELECT count(*) FROM ambit_stored) = (SELECT count(*) FROM ambit_given)'
  return `1) SELECT ${listOf('g', returned)} FROM ambit_given g WHERE ${counts}`
}

/** A FULL JOIN has each row that was given, and any that is stored as none of them, so that this is noticed. */
function answerOfStored({
  keys,
  returned,
  mayLeave,
}: Readonly<Record<'keys' | 'returned', readonly string[]>> & { readonly mayLeave: boolean }): string {
  const same = keys.map(key => `s.${key} = g.${key}`).join(' AND ')
  const answers = [...new Set([...keys, ...returned])].join(', ')
  const join = mayLeave ? 'FULL JOIN' : 'JOIN'
  return `${answers}) SELECT ${listOf('s', returned)} FROM ambit_given g ${join} ambit_stored s ON ${same}`
}

function listOf(alias: string, columns: readonly string[]): string {
  return columns.map(column => `${alias}.${column}`).join(', ') || `1 AS ${NOTHING}`
}

/** What a row is answered as that has nothing to tell. */
const NOTHING = 'ambit_stored'

/** What TypeORM would have written for one row, where nothing but the values themselves goes into it. */
export function plainInsertText(
  dataSource: DataSource,
  metadata: EntityMetadata,
  { columns, shape }: { readonly columns: readonly ColumnMetadata[]; readonly shape: string },
): string {
  const { driver } = dataSource
  let place = 0
  const values = columns.map((column, at) => {
    if (shape[at] === '+') return `$${(place += 1)}`
    return column.isVersion ? '1' : 'DEFAULT'
  })
  const names = columns.map(({ databaseName }) => driver.escape(databaseName))
  return `INSERT INTO ${tableOf(dataSource, metadata)}(${names.join(', ')}) VALUES (${values.join(', ')})`
}
