import type { QueryDeclaration, QuerySource } from '../declaration'
import type { QueryContext } from './query-context'

/** What preparing a query needs to know, with its source narrowed. */
export interface PrepareInput<S extends QuerySource> {
  readonly declaration: QueryDeclaration
  readonly source: S
  readonly context: QueryContext
  readonly label: string
}
