import type { DataSource } from 'typeorm'
import type { OrderTerm } from '../ast/order-term'
import { QueryDeclarationError } from '../errors'
import type { CheckedSelect } from './projected-columns'
import type { ProjectionQuery } from './projection-query'

/**
 * What is distinct has to be compared: PostgreSQL knows no equality of these types.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`
 */
export function requireComparable({ driver }: DataSource, { columns }: CheckedSelect, label: string): void {
  if (driver.options.type !== 'postgres') return
  const found = columns.find(({ column: { type } }) => INCOMPARABLE.has(type as string))
  if (found === undefined) return
  throw new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `${label} is distinct, and selects '${found.path}', whose type (${String(found.column.type)}) knows no equality.`,
    where: label,
    next: "Leave it out, or leave distinct out; of 'jsonb' PostgreSQL knows which are equal.",
  })
}

/** Boxes, lines and circles can be equal, but not sorted or hashed, which DISTINCT does. */
const INCOMPARABLE: ReadonlySet<string> = new Set([
  ...['json', 'xml'],
  ...['point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle'],
])

/**
 * What is distinct can only be sorted by what is selected: rows that are one could otherwise have several places.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`
 */
export function requireSelected({ select }: ProjectionQuery, order: readonly OrderTerm[], label: string): void {
  const stray = order.find(({ path }) => !select.columns.some(column => column.path === path))
  if (stray === undefined) return
  throw new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `${label} is distinct, and sorts by '${stray.path}', which it does not select.`,
    where: label,
    next: 'Select it too, or sort by what is selected.',
  })
}
