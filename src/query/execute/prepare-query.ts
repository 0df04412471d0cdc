import { labelOf, type QueryDeclaration, type QuerySource } from '../declaration'
import { requireMethodForm } from './method-form'
import { prepareDerived } from './prepare-derived'
import type { PrepareInput } from './prepare-input'
import { prepareSql } from './prepare-sql'
import { prepareWhere } from './prepare-where'
import { withEntityOf } from './query-entity'
import type { PreparedQuery, QueryContext } from './query-context'

/**
 * Checks a declared query and makes it ready to run.
 *
 * @throws the first problem found: QuerySyntaxError, QueryDeclarationError, QueryParameterError, UnknownPropertyError,
 * DerivedNameError, InvalidPageError
 */
export function prepareQuery(declaration: QueryDeclaration, context: QueryContext): PreparedQuery {
  const prepare = PREPARE[declaration.source.kind] as Prepare<QuerySource>
  const label = labelOf(declaration)
  const { source } = declaration
  const prepared = prepare({ declaration, source, context: withEntityOf(declaration, context, label), label })
  requireMethodForm(declaration, prepared.taken)
  return prepared
}

type Prepare<S extends QuerySource> = (input: PrepareInput<S>) => PreparedQuery

const PREPARE = { where: prepareWhere, sql: prepareSql, derived: prepareDerived } as const satisfies {
  readonly [K in QuerySource['kind']]: Prepare<Extract<QuerySource, { readonly kind: K }>>
}
