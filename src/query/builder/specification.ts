import type { Predicate } from '../ast/predicate'

/**
 * What rows must satisfy, as a value that can be passed, combined and reused. Immutable.
 *
 * A query builder is one, and so are the parameters of a parsed filter; repositories take any.
 */
export interface Specification<in T> {
  /** `undefined`: unrestricted, every row. */
  readonly predicate: Predicate | undefined
  /** Properties that were opened to texts from outside: the entity must have them, whether or not they are used. */
  readonly '~openTo'?: readonly string[]
  /**
   * The entity, for the compiler: what restricts a base class restricts its subclasses, and what names no entity any. There
   * is no such property at run time.
   */
  readonly '~restricts'?: (entity: T) => void
}
