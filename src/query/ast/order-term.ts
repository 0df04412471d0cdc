import { assertPropertyPath } from './property-path'

export type OrderDirection = 'ASC' | 'DESC'
export type NullOrder = 'FIRST' | 'LAST'

/** One key of an order. Without `nulls` the place of missing values is the compiler's to choose, the same on every database. */
export interface OrderTerm {
  readonly path: string
  readonly direction: OrderDirection
  readonly nulls?: NullOrder
  readonly ignoreCase: boolean
}

export const OrderTerm = Object.freeze({
  create(
    path: string,
    direction: OrderDirection = 'ASC',
    { nulls, ignoreCase = false }: { readonly nulls?: NullOrder | undefined; readonly ignoreCase?: boolean } = {},
  ): OrderTerm {
    const term = { path: assertPropertyPath(path), direction, ignoreCase }
    return Object.freeze(nulls === undefined ? term : { ...term, nulls })
  },
})
