import type { DerivedKind } from '../derived/derived-query'
import { parseDerivedName } from '../derived/parse-derived-name'
import { propertyCatalogue } from '../compile/entity-properties'
import type { QueryResultKind, QuerySource } from '../declaration'
import { QueryDeclarationError } from '../errors'
import { type EntityResult, prepareEntityQuery } from './entity-results'
import { kindMismatch, requireMetadata, requireProperties, unsupported } from './query-problems'
import type { PrepareInput } from './prepare-input'
import type { PreparedQuery } from './query-context'

/** `@Query()`: the method's own name is the query; arguments go by place. */
export function prepareDerived({ declaration, context, label }: PrepareInput<DerivedSource>): PreparedQuery {
  const metadata = requireMetadata(context, label)
  const query = parseDerivedName(declaration.member, propertyCatalogue(metadata), { label })
  if (query.distinct)
    throw unsupported(label, 'Distinct in a derived name', 'Leave it out: entities are never repeated.')
  if (declaration.args) throw positionalArgs(label)
  const selection = { ...context, metadata, predicate: query.predicate, order: query.order }
  requireProperties(selection, label)
  return prepareEntityQuery(selection, {
    label,
    result: resultOf(label, query.kind, declaration.result),
    limit: query.limit,
    parameters: query.parameters.length,
    args: undefined,
  })
}

type DerivedSource = Extract<QuerySource, { readonly kind: 'derived' }>

function resultOf(label: string, kind: DerivedKind, declared: QueryResultKind | undefined): EntityResult {
  if (kind === 'stream') throw unsupported(label, 'A stream', "Page through the rows with result: 'slice'.")
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
} as const satisfies Record<Exclude<DerivedKind, 'stream'>, EntityResult>

/** What `result` may say beside what the name says. */
const REFINEMENTS = {
  many: ['page', 'slice', 'one', 'required'],
  one: ['required'],
  required: ['one'],
  count: [],
  exists: [],
  delete: [],
} as const satisfies Record<Exclude<DerivedKind, 'stream'>, readonly QueryResultKind[]>

function positionalArgs(label: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `${label} has args, but the arguments of a derived name go by place.`,
    where: label,
    next: 'Take args out.',
  })
}
