import type { DataSource } from 'typeorm'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import { sendStatement } from '../../data-source/statements/send-statement'

/** What PostgreSQL's catalogue says about a table's columns. */
export interface TableFacts {
  /** The expression that makes a column's value where none is given; `undefined` for none. */
  makerOf(column: string): string | undefined
  isIdentity(column: string): boolean
  /** Whether its values come from a sequence alone, one that never begins anew: each is behind the one before. */
  isCounted(column: string): boolean
  /** Whether many values of it can be given as one list. */
  isListed(column: string): boolean
}

interface ColumnFact {
  readonly name: string
  readonly type: string
  readonly made: string | null
  readonly identity: string
  readonly plain: boolean
  readonly counted: boolean
  readonly listed: boolean
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
  return {
    makerOf,
    isIdentity: column => (facts.get(column)?.identity ?? '') !== '',
    isCounted: column => facts.get(column)?.counted === true,
    isListed: column => facts.get(column)?.listed === true,
  }
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

const COLUMNS: FixedStatement<ColumnFact> = {
  text: `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, pg_get_expr(d.adbin, d.adrelid) AS made, a.attidentity AS identity,
    c.relkind = 'r' AND NOT c.relhasrules AND NOT EXISTS (SELECT FROM pg_trigger t
      WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgtype & 7 = 7) AS plain,
    EXISTS (SELECT FROM pg_depend p JOIN pg_sequence s ON NOT s.seqcycle AND s.seqrelid = p.refobjid
      WHERE p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_class'::regclass
        AND pg_get_expr(d.adbin, d.adrelid) ~ '^nextval\\(''[^'']+''::regclass\\)$')
      OR a.attidentity <> '' AND EXISTS (SELECT FROM pg_depend p JOIN pg_sequence s ON NOT s.seqcycle AND s.seqrelid = p.objid
      WHERE p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass AND p.refobjid = c.oid
        AND p.refobjsubid = a.attnum AND p.deptype = 'i') AS counted,
    y.typdelim = ',' AND y.typcategory NOT IN ('C', 'P') AND y.typarray <> 0 AS listed
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type y ON y.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum AND a.attgenerated = ''
    WHERE c.oid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped`,
  effect: 'read',
  columns: ['name', 'type', 'made', 'identity', 'plain', 'counted', 'listed'],
  reader: () => cells => {
    const [name, type, made, identity] = cells as [string, string, string | null, string]
    const [plain, counted, listed] = cells.slice(4).map(isTrue) as [boolean, boolean, boolean]
    return { name, type, made, identity, plain, counted, listed }
  },
}

/** Drivers may leave it a text. */
function isTrue(cell: unknown): boolean {
  return cell === true || cell === 't'
}
