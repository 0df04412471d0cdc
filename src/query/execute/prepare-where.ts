import { parameterNamesOf } from '../ast/conditions'
import { coercePredicate } from '../compile/coerce-predicate'
import type { QueryResultKind, QuerySource } from '../declaration'
import { QueryParameterError } from '../errors'
import { parseWhere } from '../parser/parse-where'
import { prepareEntityQuery, type EntityResult } from './entity-results'
import { prepareProjection } from './projected-results'
import { kindMismatch, requireMetadata, requireProperties } from './query-problems'
import type { PrepareInput } from './prepare-input'
import { requireOneRole, requireOperators } from './require-operators'
import type { PreparedQuery } from './query-context'
import { distinctOrder } from './requested-order'

/** `@Query({ where: '…' })`: an expression over properties; answers entities. */
export function prepareWhere({ declaration, source, context, label }: PrepareInput<WhereSource>): PreparedQuery {
  const metadata = requireMetadata(context, label)
  const { predicate: written, order } = parseWhere(source.text, { label })
  const result = declaration.result ?? 'many'
  if (!isEntityResult(result)) throw kindMismatch(label, result, ENTITY_RESULTS)
  const names = written === undefined ? [] : parameterNamesOf(written)
  const target = { ...context, metadata }
  requireProperties({ ...target, predicate: written, order }, label)
  requireOperators({ ...target, predicate: written, order }, label)
  if (written) requireOneRole(written, label)
  // The values of the text are known now; those of parameters come with each call, in the form of the program.
  const numbersAreTruths = !context.dialect.sizedNumbers
  const predicate = written && coercePredicate(target, written, label, { numbersAreTruths })
  const selection = { ...target, predicate, order: distinctOrder(metadata, order), lock: declaration.lock }
  if (declaration.args) requireSameNames(label, names, declaration.args)
  const { args, fetchSize, select, distinct } = declaration
  const { cursors } = context
  const shape = { label, result, limit: undefined, parameters: names, args, fetchSize, cursors }
  return select || distinct
    ? prepareProjection(selection, shape, { select, distinct })
    : prepareEntityQuery(selection, shape)
}

type WhereSource = Extract<QuerySource, { readonly kind: 'where' }>

const ENTITY_RESULTS = ['many', 'one', 'required', 'page', 'slice', 'window', 'count', 'exists', 'stream'] as const

function isEntityResult(result: QueryResultKind): result is (typeof ENTITY_RESULTS)[number] & EntityResult {
  return (ENTITY_RESULTS as readonly string[]).includes(result)
}

/**
 * `args` must say each parameter once.
 *
 * @throws QueryParameterError `AMBIT_QUERY_PARAMETER_UNKNOWN`, `AMBIT_QUERY_PARAMETER_MISSING`
 */
export function requireSameNames(label: string, names: readonly string[], args: readonly string[]): void {
  const unknown = args.filter((arg, index) => !names.includes(arg) || args.indexOf(arg) !== index)
  const text = (what: string): { what: string; where: string; next: string } => ({
    what,
    where: label,
    next: `List each of ${names.map(name => `'${name}'`).join(', ')} once in args.`,
  })
  if (unknown.length > 0) {
    const what = `args of ${label} names ${unknown.map(name => `'${name}'`).join(', ')}, which is no parameter of its text, or twice.`
    throw new QueryParameterError('AMBIT_QUERY_PARAMETER_UNKNOWN', text(what), unknown)
  }
  const missing = names.filter(name => !args.includes(name))
  if (missing.length > 0) {
    const what = `args of ${label} leaves out ${missing.map(name => `:${name}`).join(', ')}.`
    throw new QueryParameterError('AMBIT_QUERY_PARAMETER_MISSING', text(what), missing)
  }
}
