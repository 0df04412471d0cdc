import type { DataSource } from 'typeorm'
import type { ColumnMetadata } from './metadata-types'

type Driver = DataSource['driver']

/** Whether TypeORM sends a column's values as they are. */
export function storesAsIs(driver: Driver, { transformer, type }: ColumnMetadata): boolean {
  // Numbers are read on the way back only.
  return transformer === undefined && (type === Number || isPlain(driver, type))
}

/** Whether TypeORM leaves what the driver answers for a column as it is. */
export function loadsAsIs(driver: Driver, column: ColumnMetadata): boolean {
  const { transformer, type } = column
  if (transformer !== undefined) return false
  return isPlain(driver, type) || (driver.options.type === 'postgres' && PARSED_BY_PG.has(type))
}

/** Whether SQLite takes what is stored in a column for numbers where it can: its rules for the affinity of a declared type. */
export function holdsNumbers(driver: Driver, column: ColumnMetadata): boolean {
  const declared = driver.normalizeType(column).toUpperCase()
  if (declared.includes('INT')) return true
  return declared !== '' && !/CHAR|CLOB|TEXT|BLOB/.test(declared)
}

function isPlain({ options }: Driver, type: ColumnMetadata['type']): boolean {
  return PLAIN[options.type]?.has(type) ?? false
}

type ColumnTypes = ReadonlySet<ColumnMetadata['type']>

const TEXTS = ['text', 'varchar', 'character varying', 'character', 'char', String] as const
const NUMBERS = ['integer', 'int', 'int2', 'int8', 'smallint', 'bigint', 'numeric', 'decimal', 'float', 'real'] as const

const SQLITE: ColumnTypes = new Set([
  ...TEXTS,
  ...NUMBERS,
  ...(['nvarchar', 'nchar', 'native character', 'varying character', 'clob', 'uuid', 'blob'] as const),
  ...(['tinyint', 'mediumint', 'unsigned big int', 'double', 'double precision'] as const),
])

/** The types, as entities name them, that neither direction of TypeORM's drivers touches. */
const PLAIN: Readonly<Record<string, ColumnTypes | undefined>> = {
  postgres: new Set([
    ...TEXTS,
    ...NUMBERS,
    ...(['int4', 'float4', 'float8', 'double precision', 'boolean', 'bool', 'uuid', 'citext', 'bytea'] as const),
    ...(['inet', 'cidr', 'macaddr', 'money', 'interval'] as const),
  ]),
  'better-sqlite3': SQLITE,
  sqlite: SQLITE,
}

/** What pg itself makes values of, and TypeORM then keeps. */
const PARSED_BY_PG: ColumnTypes = new Set(['json', 'jsonb'] as const)
