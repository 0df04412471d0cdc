import type { NullOrder, OrderDirection, OrderTerm } from '../ast/order-term'
import type { PropertyReferences } from './property-references'
import type { ColumnMetadata } from './metadata-types'

/** A key of an order, found in the metadata. */
export interface OrderKey {
  readonly path: string
  /** What is compared, as TypeORM's builder takes it. */
  readonly text: string
  readonly column: ColumnMetadata
  readonly direction: OrderDirection
  /** Where missing values stand; `undefined` where none can be missing. */
  readonly nulls: NullOrder | undefined
  readonly ignoreCase: boolean
}

/**
 * Missing values stand where PostgreSQL's indexes have them (last ascending, first descending), on every database,
 * unless the term says otherwise.
 */
export function orderKey(references: PropertyReferences, term: OrderTerm): OrderKey {
  const { direction, ignoreCase, path } = term
  const { text, column, joined } = references.column(path)
  const nulls = term.nulls ?? (direction === 'ASC' ? 'LAST' : 'FIRST')
  return {
    path,
    text: ignoreCase ? `LOWER(${text})` : text,
    column,
    direction,
    nulls: joined || mayBeMissing(column) ? nulls : undefined,
    ignoreCase,
  }
}

/** TypeORM tells of each column of a view that it is never missing, since nobody can say otherwise. Its key is one all the same. */
function mayBeMissing({ isNullable, isPrimary, entityMetadata }: ColumnMetadata): boolean {
  return isNullable || (entityMetadata.tableType === 'view' && !isPrimary)
}

/** The order read from its end: directions turn around, and so do the places of missing values. */
export function reversed(order: readonly OrderTerm[]): readonly OrderTerm[] {
  return order.map(term => ({
    ...term,
    direction: term.direction === 'ASC' ? 'DESC' : 'ASC',
    // Without a place of its own a term has that of its direction, which turns with it.
    ...(term.nulls && { nulls: term.nulls === 'FIRST' ? 'LAST' : 'FIRST' }),
  }))
}
