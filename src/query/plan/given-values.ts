import { isDeepStrictEqual } from 'node:util'
import type { DataSource } from 'typeorm'
import type { ColumnMetadata } from '../compile/metadata-types'
import { driverForm } from './driver-values'

/** Stands in TypeORM's builder for a value that it was given, so that none is written into the text. */
class Given {
  constructor(readonly value: unknown) {}
}

/** Has a builder of TypeORM's leave a mark in its parameters for each value that it sets. */
export function markValues(builder: object): void {
  // Its own method for that, which it calls for every value; not public in its types.
  const marking = builder as { createParameter(value: unknown): string }
  const create = marking.createParameter.bind(builder)
  marking.createParameter = value => create(new Given(value))
}

/** What we send. */
export interface GivenValues {
  readonly bound: readonly unknown[]
  /** Those that are made anew each time. */
  readonly made?: readonly { readonly column: ColumnMetadata }[]
}

/** Whether TypeORM would send the same values for these columns, in the same order, as we do. */
export function areTheSame(
  { driver }: DataSource,
  columns: readonly ColumnMetadata[],
  parameters: readonly unknown[],
  { bound, made = [] }: GivenValues,
): boolean {
  if (parameters.length !== bound.length || columns.length !== bound.length) return false
  return columns.every((column, index) => {
    const parameter = parameters[index]
    if (!(parameter instanceof Given)) return false
    // A transformer may answer differently each time, as does whoever makes a uuid; the place is right if all others are.
    return (
      made.some(each => each.column === column) ||
      column.transformer !== undefined ||
      isDeepStrictEqual(driverForm(driver, column)(parameter.value), bound[index])
    )
  })
}
