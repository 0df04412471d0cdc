import type { ColumnMetadata } from '../compile/metadata-types'
import type { TableFacts } from './table-facts'

/** How the rows of an INSERT of many come to the server. */
export interface RowSource {
  /** A list of values for each column, each bound by itself; or one JSON text of all rows. */
  readonly form: 'lists' | 'json'
  /** How many values are bound. */
  readonly values: number
  /** What stands behind FROM: rows called `r`, in the order in which they were given. */
  readonly from: string
  /** The number of a row among them. */
  readonly place: string
  valueOf(column: ColumnMetadata): string
}

interface SourceParts {
  readonly table: string
  readonly given: readonly ColumnMetadata[]
  readonly facts: TableFacts
  readonly quoted: (column: ColumnMetadata) => string
}

/** Lists are read in a third of the time that JSON takes; JSON takes all columns, and none. */
export function rowSource(parts: SourceParts): RowSource {
  const { given, facts } = parts
  const listed = given.length > 0 && given.every(({ databaseName }) => facts.isListed(databaseName))
  return listed ? lists(parts) : json(parts)
}

/**
 * The type of each list comes from the table, as that of a placeholder in VALUES does: the same texts are taken, and the same
 * refused. Nothing is read for it.
 */
function lists({ table, given, quoted }: SourceParts): RowSource {
  const names = given.map(quoted)
  const values = names.map((name, at) => `COALESCE($${at + 1}, ARRAY(SELECT ${name} FROM ${table} LIMIT 0))`)
  return {
    form: 'lists',
    values: given.length,
    from: `unnest(${values.join(', ')}) WITH ORDINALITY r(${names.join(', ')}, ambit_place)`,
    place: 'r.ambit_place',
    valueOf: column => `r.${quoted(column)}`,
  }
}

function json({ table, quoted }: SourceParts): RowSource {
  return {
    form: 'json',
    values: 1,
    // By name its type could be another: PostgreSQL has one called line, and one called path.
    from: `json_populate_recordset((SELECT ambit_row FROM ${table} ambit_row LIMIT 0), $1) WITH ORDINALITY r`,
    place: 'r.ordinality',
    valueOf: column => takenOut(column, quoted(column)),
  }
}

/** A JSON value is given as its text: within the text of all rows it would be a part of that. */
function takenOut({ type }: ColumnMetadata, name: string): string {
  return type === 'json' || type === 'jsonb' ? `(r.${name} #>> '{}')::${type}` : `r.${name}`
}
