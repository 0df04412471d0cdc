import type { ColumnMetadata } from './metadata-types'
import type { SqlDialect } from './sql-dialect'

/** What a column holds, as far as values from outside are concerned; `other` takes whatever the database takes. */
export type ColumnKind =
  | 'text'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'decimal'
  | 'real'
  | 'double'
  | 'boolean'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'uuid'
  | 'enum'
  | 'json'
  | 'bytes'
  | 'list'
  | 'other'

/** A transformer's values are its own. */
export function columnKind(column: ColumnMetadata, { sizedNumbers }: SqlDialect): ColumnKind {
  const { transformer } = column.referencedColumn ?? column
  if (transformer !== undefined || column.transformer !== undefined) return 'other'
  const kind = storedKind(column)
  return sizedNumbers ? kind : (UNSIZED[kind] ?? kind)
}

/** What the database stores, whatever a transformer makes of it; a relation's column holds what its key holds. */
export function storedKind(column: ColumnMetadata): ColumnKind {
  return ownKind(column.referencedColumn ?? column)
}

/** The same of the column's own type, which need not be that of its key. */
export function ownKind({ type, isArray }: ColumnMetadata): ColumnKind {
  return isArray ? 'list' : (KINDS.get(type) ?? 'other')
}

export const NUMBER_KINDS: ReadonlySet<ColumnKind> = new Set([
  'smallint',
  'integer',
  'bigint',
  'decimal',
  'real',
  'double',
] as const)

const UNSIZED: Readonly<Partial<Record<ColumnKind, ColumnKind>>> = {
  smallint: 'bigint',
  integer: 'bigint',
  real: 'double',
}

type ColumnType = ColumnMetadata['type']

const TYPES: Readonly<Record<Exclude<ColumnKind, 'other'>, readonly ColumnType[]>> = {
  text: [
    String,
    ...(['text', 'varchar', 'character varying', 'char', 'character', 'citext', 'nvarchar', 'nchar'] as const),
    ...(['native character', 'varying character', 'clob', 'tinytext', 'mediumtext', 'longtext'] as const),
  ],
  smallint: ['smallint', 'int2'],
  integer: [Number, 'int', 'int4', 'integer', 'mediumint', 'tinyint'],
  bigint: ['bigint', 'int8', 'unsigned big int'],
  decimal: ['decimal', 'numeric', 'dec'],
  real: ['real', 'float4'],
  double: ['float', 'float8', 'double', 'double precision'],
  boolean: [Boolean, 'boolean', 'bool'],
  date: ['date'],
  time: ['time', 'time without time zone'],
  timestamp: [
    Date,
    ...(['timestamp', 'timestamptz', 'timestamp with time zone', 'timestamp without time zone', 'datetime'] as const),
  ],
  uuid: ['uuid'],
  enum: ['enum', 'simple-enum'],
  json: ['json', 'jsonb', 'simple-json'],
  bytes: ['bytea', 'blob', 'tinyblob', 'mediumblob', 'longblob', 'varbinary', 'binary'],
  list: ['simple-array'],
}

const KINDS: ReadonlyMap<ColumnType, ColumnKind> = new Map(
  // Object.entries forgets the names of the keys.
  Object.entries(TYPES).flatMap(([kind, types]) => types.map(type => [type, kind as ColumnKind] as const)),
)
