import type { DerivedKind } from '../derived/derived-query'
import { parseDerivedName } from '../derived/parse-derived-name'
import { propertyCatalogue } from '../compile/entity-properties'
import { writableRows } from '../compile/writable-rows'
import type { QueryResultKind, QuerySource } from '../declaration'
import { QueryDeclarationError } from '../errors'
import { type EntityResult, prepareEntityQuery } from './entity-results'
import { prepareProjection } from './projected-results'
import { kindMismatch, requireMetadata, requireProperties } from './query-problems'
import type { PrepareInput } from './prepare-input'
import type { PreparedQuery } from './query-context'
import { distinctOrder } from './requested-order'

/** `@Query()`: the method's own name is the query; arguments go by place. */
export function prepareDerived({ declaration, context, label }: PrepareInput<DerivedSource>): PreparedQuery {
  const metadata = requireMetadata(context, label)
  const query = parseDerivedName(declaration.member, propertyCatalogue(metadata), { label })
  if (declaration.args) throw positionalArgs(label)
  const order = distinctOrder(metadata, query.order)
  const predicate = query.kind === 'delete' ? writableRows(metadata, query.predicate) : query.predicate
  const selection = { ...context, metadata, predicate, order, lock: declaration.lock }
  requireProperties(selection, label)
  const result = resultOf(label, query.kind, declaration.result)
  if (result === 'window' && query.limit !== undefined) throw limitedWindow(label)
  const shape = {
    label,
    result,
    limit: query.limit,
    parameters: query.parameters.length,
    args: undefined,
    cursors: context.cursors,
    fetchSize: declaration.fetchSize,
  }
  const { select } = declaration
  const distinct = declaration.distinct || query.distinct
  return select || distinct
    ? prepareProjection(selection, shape, { select, distinct })
    : prepareEntityQuery(selection, shape)
}

type DerivedSource = Extract<QuerySource, { readonly kind: 'derived' }>

function resultOf(label: string, kind: DerivedKind, declared: QueryResultKind | undefined): EntityResult {
  const natural = NATURAL_RESULT[kind]
  if (declared === undefined || declared === natural) return natural
  const narrowed = REFINEMENTS[kind] as readonly QueryResultKind[]
  if (narrowed.includes(declared)) return declared as EntityResult
  throw kindMismatch(label, declared, [natural, ...narrowed])
}

const NATURAL_RESULT = {
  many: 'many',
  one: 'one',
  required: 'required',
  count: 'count',
  exists: 'exists',
  delete: 'affected',
  stream: 'stream',
} as const satisfies Record<DerivedKind, EntityResult>

/** What `result` may say beside what the name says. */
const REFINEMENTS = {
  many: ['page', 'slice', 'window', 'one', 'required', 'stream'],
  one: ['required'],
  required: ['one'],
  count: [],
  exists: [],
  delete: [],
  stream: [],
} as const satisfies Record<DerivedKind, readonly QueryResultKind[]>

function positionalArgs(label: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `${label} has args, but the arguments of a derived name go by place.`,
    where: label,
    next: 'Take args out.',
  })
}

/** A window has no number, so nobody knows how many rows came before it. */
function limitedWindow(label: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_KIND_MISMATCH', {
    what: `${label} says First or Top, and cannot answer a window of that.`,
    where: label,
    next: "Take the number out of the name, or use result: 'slice'.",
  })
}
