import type { ParameterRole } from '../ast/conditions'
import type { OrderTerm } from '../ast/order-term'
import type { Predicate } from '../ast/predicate'
import type { PropertyType } from './property-catalogue'

/** What a method's name asks for. `required` is one row that must exist. */
export type DerivedKind = 'many' | 'one' | 'required' | 'stream' | 'count' | 'exists' | 'delete'

/** An argument that the method takes. */
export interface DerivedParameter {
  /** Its place among the method's arguments, from 0. */
  readonly index: number
  /** The property it is compared with. */
  readonly path: string
  readonly type: PropertyType | undefined
  readonly role: ParameterRole
}

/** The query that a method's name stands for. Its predicate holds arguments by place. */
export interface DerivedQuery {
  readonly kind: DerivedKind
  /** `undefined`: all rows. */
  readonly predicate: Predicate | undefined
  readonly order: readonly OrderTerm[]
  /** From `First` and `Top`, in rows. */
  readonly limit: number | undefined
  readonly distinct: boolean
  /** In the order of the arguments; there are as many as the method must take. */
  readonly parameters: readonly DerivedParameter[]
}
