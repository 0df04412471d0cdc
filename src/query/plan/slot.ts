import type { ColumnMetadata } from '../compile/metadata-types'
import type { CallValues, QueryParameters, ValueReader } from '../compile/values'

/** Stands in TypeORM's query builder for a value that each call supplies. */
export class Slot {
  constructor(
    readonly read: ValueReader,
    readonly column: ColumnMetadata | undefined,
    /** Whether the value is in the driver's form already. */
    readonly exact = false,
  ) {}
}

/** Parameters for a text that serves every call whose arguments are null where these are. */
export function slotsLike({ positional }: CallValues): QueryParameters {
  return {
    isNull: index => positional[index] === null,
    parameter: (read, column) => new Slot(read, column),
    key: at => new Slot(values => values.cursor?.[at], undefined, true),
  }
}
