import { statementEffect } from '../../core/statement-effect'
import type { QueryResultKind, QuerySource } from '../declaration'
import { InvalidSortError, QueryDeclarationError } from '../errors'
import type { PageRequest } from '../paging/page-request'
import { type PlaceholderStyle, renderNamedParameters, type RenderedSql } from '../sql/render-named-parameters'
import { scanNamedParameters } from '../sql/scan-named-parameters'
import { bodyOf, type ScannedSql } from '../sql/scanned-sql'
import type { SqlSegment } from '../sql/sql-segment'
import { type ArgumentPlan, bindArguments } from './argument-binder'
import { pageOf, sliceOf } from './page-result'
import { hasOwnRange } from './own-range'
import type { PrepareInput } from './prepare-input'
import { requireSameNames } from './prepare-where'
import type { PreparedQuery, QueryContext } from './query-context'
import { kindMismatch } from './query-problems'
import { one, required } from './results'
import { runScalar, runSql, type SqlAnswer } from './run-sql'

/** `@Query.sql('…')`: the text as it is, named parameters bound; answers plain rows. */
export function prepareSql({ declaration, source, context, label }: PrepareInput<SqlSource>): PreparedQuery {
  const scanned = scan(source.text, label)
  const result = declaration.result ?? 'many'
  const effect = statementEffect(source.text)
  if (!isSqlResult(result)) throw kindMismatch(label, result, SQL_RESULTS)
  requireFit(label, result, effect)
  refuseMarks(label, scanned, context.dialect.clashingMarks)
  if (declaration.args) requireSameNames(label, scanned.names, declaration.args)
  const style = context.dialect.placeholders
  const paged = result === 'page' || result === 'slice'
  const plan: ArgumentPlan = { label, paged, parameters: scanned.names, args: declaration.args }
  const texts = paged ? pagedTexts(scanned, source, style, label) : plainTexts(scanned, style)
  const run = RESULTS[result]
  return {
    access: effect,
    execute: async args => {
      const { values, page } = bindArguments(plan, args)
      if (page?.sort) throw sortOnSql(label)
      return run({ label, texts, values: values.named, page, context })
    },
  }
}

type SqlSource = Extract<QuerySource, { readonly kind: 'sql' }>
type Row = Record<string, unknown>

const SQL_RESULTS = ['many', 'one', 'required', 'page', 'slice', 'scalar', 'affected'] as const
type SqlResult = (typeof SQL_RESULTS)[number]

function isSqlResult(result: QueryResultKind): result is SqlResult {
  return (SQL_RESULTS as readonly string[]).includes(result)
}

function requireFit(label: string, result: SqlResult, effect: 'read' | 'write'): void {
  const pagedWrite = effect === 'write' && (result === 'page' || result === 'slice')
  if (pagedWrite) throw kindMismatch(label, result, ['affected', 'many', 'one', 'required', 'scalar'])
  if (effect === 'read' && result === 'affected')
    throw kindMismatch(label, result, ['many', 'one', 'required', 'scalar'])
}

function scan(text: string, label: string): ScannedSql {
  const scanned = scanNamedParameters(text, { label })
  if (scanned.statements === 1) return scanned
  throw new QueryDeclarationError('AMBIT_QUERY_SQL_STATEMENTS', {
    what: `${label} holds ${scanned.statements === 0 ? 'no statement' : `${scanned.statements} statements`}.`,
    where: label,
    next: 'Write one statement per query.',
  })
}

/** A `$1` or `?` of the author's would take the value of one of ours. */
function refuseMarks(label: string, { driverMarks }: ScannedSql, clashing: RegExp): void {
  const mark = driverMarks.find(({ text: written }) => clashing.test(written))
  if (mark === undefined) return
  throw new QueryDeclarationError('AMBIT_QUERY_SQL_MARK', {
    what: `${label} holds the driver's own placeholder '${mark.text}'.`,
    where: label,
    next: 'Write named parameters, as in :id.',
  })
}

interface Texts {
  readonly rows: RenderedSql
  readonly count?: RenderedSql
}

function plainTexts({ segments }: ScannedSql, style: PlaceholderStyle): Texts {
  return { rows: renderNamedParameters(segments, style) }
}

const LIMIT = 'ambit_limit'
const OFFSET = 'ambit_offset'

/**
 * Rows: the text with a range behind it, or around it where it has one of its own. Total: the text inside a count, unless
 * the declaration has its own.
 */
function pagedTexts(scanned: ScannedSql, source: SqlSource, style: PlaceholderStyle, label: string): Texts {
  const body = bodyOf(scanned)
  const rows = hasOwnRange(source.text) ? selectedFrom('*', body) : body
  const range: SqlSegment[] = [text('\nLIMIT '), parameter(LIMIT), text(' OFFSET '), parameter(OFFSET)]
  const counted =
    source.countSql === undefined
      ? selectedFrom('COUNT(*) AS n', body)
      : countSegments(source.countSql, scanned.names, label)
  return {
    rows: renderNamedParameters([...rows, ...range], style),
    count: renderNamedParameters(counted, style),
  }
}

function selectedFrom(columns: string, body: readonly SqlSegment[]): SqlSegment[] {
  return [text(`SELECT ${columns} FROM (`), ...body, text('\n) q')]
}

function countSegments(countSql: string, names: readonly string[], label: string): readonly SqlSegment[] {
  const scanned = scan(countSql, `${label} (countSql)`)
  const strange = scanned.names.filter(name => !names.includes(name))
  if (strange.length > 0) requireSameNames(`${label} (countSql)`, names, scanned.names)
  return bodyOf(scanned)
}

function text(sql: string): SqlSegment {
  return { kind: 'text', raw: sql, sql }
}

function parameter(name: string): SqlSegment {
  return { kind: 'parameter', raw: `:${name}`, name, index: 0 }
}

interface Call {
  readonly label: string
  readonly texts: Texts
  readonly values: Readonly<Record<string, unknown>>
  readonly page: PageRequest | undefined
  readonly context: QueryContext
}

const RESULTS = {
  many: async call => (await send(call)).rows,
  one: async call => one(call.label, (await send(call)).rows),
  required: async call => required(call.label, (await send(call)).rows),
  scalar: call => runScalar(call.context, call.texts.rows.sql, parametersOf(call.texts.rows, call.values)),
  affected: async call => (await send(call)).affected,
  page: call => range(call, 0, (rows, request) => pageOf(rows, request, () => count(call))),
  slice: call => range(call, 1, (rows, request) => Promise.resolve(sliceOf(rows, request))),
} as const satisfies Record<SqlResult, (call: Call) => Promise<unknown>>

function send({ context, texts, values }: Call): Promise<SqlAnswer> {
  return runSql(context, texts.rows.sql, parametersOf(texts.rows, values))
}

async function range(
  call: Call,
  extra: number,
  finish: (rows: Row[], request: PageRequest) => Promise<unknown>,
): Promise<unknown> {
  const { page, texts, values, context } = call
  if (page === undefined) throw new TypeError('a paged query has a page request')
  const ranged = { ...values, [LIMIT]: page.size + extra, [OFFSET]: page.offset }
  const { rows } = await runSql(context, texts.rows.sql, parametersOf(texts.rows, ranged))
  return finish(rows, page)
}

async function count({ texts, values, context }: Call): Promise<number> {
  if (texts.count === undefined) throw new TypeError('a paged query has a count')
  return Number(await runScalar(context, texts.count.sql, parametersOf(texts.count, values)))
}

function parametersOf({ names }: RenderedSql, values: Readonly<Record<string, unknown>>): unknown[] {
  return names.map(name => values[name])
}

function sortOnSql(label: string): InvalidSortError {
  return new InvalidSortError('AMBIT_QUERY_SORT_ON_SQL', {
    what: `${label} is raw SQL, whose text decides the order; it cannot take a sort.`,
    where: label,
    next: 'Write ORDER BY into the text, or use a where expression.',
  })
}
