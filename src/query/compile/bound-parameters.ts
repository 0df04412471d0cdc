import type { ColumnMetadata } from './metadata-types'
import type { QueryParameters, ValueReader } from './values'

/** The parameters of one query, named as they come. */
export class BoundParameters {
  readonly #call: QueryParameters
  readonly #prefix: string
  readonly #values: Record<string, unknown> = {}
  #parameters = 0
  #aliases = 0

  /** `prefix`: another one for each predicate of a statement. */
  constructor(call: QueryParameters, prefix = 'ambit_') {
    this.#call = call
    this.#prefix = prefix
  }

  /** By name, as TypeORM's query builder takes them. */
  get values(): Readonly<Record<string, unknown>> {
    return this.#values
  }

  isNull(index: number): boolean {
    return this.#call.isNull(index)
  }

  /** Binds a value, and answers what stands for it in the text. */
  add(read: ValueReader, column: ColumnMetadata | undefined): string {
    const name = `${this.#prefix}${(this.#parameters += 1)}`
    this.#values[name] = this.#call.parameter(read, column)
    return `:${name}`
  }

  /** Whether what stands in the text is the empty list. */
  isEmptyList(placeholder: string): boolean {
    const value = this.#values[placeholder.slice(1)]
    return Array.isArray(value) && value.length === 0
  }

  /** A name for a table that nothing else of the predicate has; predicates beside it may, in selects of their own. */
  alias(): string {
    return `ambit_any_${(this.#aliases += 1)}`
  }
}
