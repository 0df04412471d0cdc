import type { DataSource } from 'typeorm'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import { sendStatement } from '../../data-source/statements/send-statement'

/** What PostgreSQL's catalogue says about a table's columns. */
export interface TableFacts {
  /** The expression that makes a column's value where none is given; `undefined` for none. */
  makerOf(column: string): string | undefined
  isIdentity(column: string): boolean
}

interface ColumnFact {
  readonly name: string
  readonly type: string
  readonly made: string | null
  readonly identity: string
  readonly plain: boolean
}

/**
 * Reads them; `undefined` for a table whose rows may be stored otherwise than they are given: one with rules or with triggers
 * that run before each row, a view, a table of partitions or of another server.
 */
export async function readTableFacts(dataSource: DataSource, table: string): Promise<TableFacts | undefined> {
  const { rows } = await sendStatement(dataSource, COLUMNS, [table])
  const facts = new Map(rows.map(row => [row.name, row]))
  // The name of the place of a row among the rows that are given.
  if (rows.some(({ plain }) => !plain) || facts.has('ordinality')) return undefined
  const makerOf = (column: string): string | undefined => {
    const { type = '', made = null, identity = '' } = facts.get(column) ?? {}
    // Its sequence is looked up once in the statement, not for each row.
    const sequence = `nextval((SELECT pg_get_serial_sequence(${literal(table)}, ${literal(column)})::regclass))`
    const maker = identity === '' ? made : sequence
    return maker === null ? undefined : `(${maker})::${type}`
  }
  return { makerOf, isIdentity: column => (facts.get(column)?.identity ?? '') !== '' }
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

const COLUMNS: FixedStatement<ColumnFact> = {
  text: `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, pg_get_expr(d.adbin, d.adrelid) AS made, a.attidentity AS identity,
    c.relkind = 'r' AND NOT c.relhasrules AND NOT EXISTS (SELECT FROM pg_trigger t
      WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgtype & 7 = 7) AS plain
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum AND a.attgenerated = ''
    WHERE c.oid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped`,
  effect: 'read',
  columns: ['name', 'type', 'made', 'identity', 'plain'],
  reader: () => cells => {
    const [name, type, made, identity, plain] = cells as [string, string, string | null, string, string | boolean]
    return { name, type, made, identity, plain: plain === true || plain === 't' }
  },
}
