import type { EntityMetadata } from 'typeorm'

/** How many rows of an entity one statement of TypeORM takes: each value of a row is a parameter. */
export function rowsPerStatement({ columns }: EntityMetadata): number {
  return Math.max(1, Math.floor(VALUES_PER_STATEMENT / columns.length))
}

/** The same in lists of that length at most. */
export function portions<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  if (all.length <= size) return all.length === 0 ? [] : [all]
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size))
}

/** Below what either database takes in one statement. */
const VALUES_PER_STATEMENT = 30_000
