import type { EntityMetadata } from 'typeorm'

// TypeORM exports these two from no public entry.
export type ColumnMetadata = EntityMetadata['columns'][number]
export type RelationMetadata = EntityMetadata['relations'][number]
