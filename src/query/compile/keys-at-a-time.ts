import type { EntityMetadata } from 'typeorm'

/** How many keys of an entity TypeORM can look up in one statement. */
export function keysAtATime(metadata: EntityMetadata): number {
  return findsKeysInOneList(metadata) ? KEYS_IN_A_LIST : KEYS_BESIDE_EACH_OTHER
}

/** Whether it looks them up by `IN (…)`: others it writes with OR between them. */
export function findsKeysInOneList({ primaryColumns: [column, second] }: EntityMetadata): boolean {
  if (column === undefined || second !== undefined) return false
  return column.transformer === undefined && !column.relationMetadata && !column.embeddedMetadata
}

/** Each is a value of the statement. */
const KEYS_IN_A_LIST = 1_000
/** SQLite nests as deep as there are, and 1,000 are too deep for it. */
const KEYS_BESIDE_EACH_OTHER = 500
