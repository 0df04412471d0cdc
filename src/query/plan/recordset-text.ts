import type { DataSource, EntityMetadata } from 'typeorm'
import type { ColumnMetadata } from '../compile/metadata-types'
import { tableOf } from '../compile/table-name'
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
  readonly behind?: string
  /** Whether that may leave rows as they are: each is answered all the same, one that was not written without its values. */
  readonly mayLeave?: boolean
  readonly facts: TableFacts
}

/**
 * The text of an INSERT of any number of rows that come as one JSON text.
 *
 * PostgreSQL does not say in which order RETURNING answers. So keys that the database makes are made beside the rows, before
 * they are stored, and what is stored is joined to what was given by its key: rows come back in the order they came in.
 * `undefined` where a key cannot be made that way.
 */
export function recordsetText(parts: RecordsetParts): string | undefined {
  const { dataSource, metadata, given, returned, keys, behind, mayLeave = false, facts } = parts
  const quoted = ({ databaseName }: ColumnMetadata): string => dataSource.driver.escape(databaseName)
  const versions = metadata.columns.filter(column => column.isVersion && column.isInsert && !given.includes(column))
  const made = keys.filter(key => !given.includes(key))
  const makers = made.map(key => facts.makerOf(key.databaseName))
  if (makers.includes(undefined) || keys.length === 0) return undefined
  const table = tableOf(dataSource, metadata)
  const stored = [...made, ...given, ...versions].map(quoted)
  // TypeORM's first version.
  const selected = [...makers, ...given.map(column => takenOut(column, quoted(column))), ...versions.map(() => '1')]
  const values = selected.map((value, at) => `${value ?? ''} AS ${stored[at] ?? ''}`)
  const identity = made.some(key => facts.isIdentity(key.databaseName)) ? ' OVERRIDING SYSTEM VALUE' : ''
  const insert = `INSERT INTO ${table}(${stored.join(', ')})${identity} SELECT ${stored.join(', ')} FROM ambit_given`
  // Rows that are there are locked one after the other: everybody's in one order, so that nobody waits for somebody who waits.
  const order = behind === undefined ? 'ambit_place' : keys.map(quoted).join(', ')
  const known = behind === undefined && returned.every(column => keys.includes(column))
  return [
    `WITH ambit_given AS MATERIALIZED (SELECT ${values.join(', ')}, r.ordinality AS ambit_place`,
    // By name its type could be another: PostgreSQL has one called line, and one called path.
    `FROM json_populate_recordset((SELECT ambit_row FROM ${table} ambit_row LIMIT 0), $1) WITH ORDINALITY r),`,
    `ambit_stored AS (${insert} ORDER BY ${order}${behind ?? ''} RETURNING`,
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
  return columns.map(column => `${alias}.${column}`).join(', ') || '1 AS ambit_stored'
}

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

/** A JSON value is given as its text: within the text of all rows it would be a part of that. */
function takenOut({ type }: ColumnMetadata, name: string): string {
  return type === 'json' || type === 'jsonb' ? `(r.${name} #>> '{}')::${type}` : `r.${name}`
}
