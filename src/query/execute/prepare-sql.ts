import { executedTokens } from '../../core/executed-tokens'
import { onlyCounts } from '../../core/only-counts'
import { statementEffect } from '../../core/statement-effect'
import { RowBatches } from '../../data-source/statements/stream-statement'
import { streamedRecords } from '../../data-source/statements/streamed-statement'
import { type PagePart, type PagePlace, TOTAL } from '../compile/page-statement'
import type { SqlDialect } from '../compile/sql-dialect'
import type { QueryResultKind, QuerySource } from '../declaration'
import { InvalidSortError, QueryDeclarationError } from '../errors'
import type { Page } from '../paging/page'
import type { PageRequest } from '../paging/page-request'
import { type PlaceholderStyle, renderNamedParameters, type RenderedSql } from '../sql/render-named-parameters'
import { scanNamedParameters } from '../sql/scan-named-parameters'
import { bodyOf, type ScannedSql } from '../sql/scanned-sql'
import type { SqlSegment } from '../sql/sql-segment'
import { type ArgumentPlan, bindArguments, requestKind } from './argument-binder'
import { countedPage, pageOf, sliceOf } from './page-result'
import { refuseCopy } from './copy-text'
import { hasOwnRange } from './own-range'
import type { PrepareInput } from './prepare-input'
import { requireSameNames } from './prepare-where'
import type { PreparedQuery, QueryContext } from './query-context'
import { kindMismatch } from './query-problems'
import type { QueryStatement } from './query-statement'
import { one, required } from './results'
import { rowsInto } from './row-class'
import { requireFetchSize } from './fetch-size'
import { RowStream } from './row-stream'
import { takenArguments } from './taken-arguments'
import { runScalar, runSql, type SqlAnswer } from './run-sql'

/** `@Query.sql('…')`: the text as it is, named parameters bound; answers plain rows. */
export function prepareSql({ declaration, source, context, label }: PrepareInput<SqlSource>): PreparedQuery {
  const scanned = scan(source.text, label)
  const result = declaration.result ?? 'many'
  const effect = statementEffect(source.text)
  if (!isSqlResult(result)) throw kindMismatch(label, result, SQL_RESULTS)
  requireResult(result, { declaration, source, label, effect })
  refuseMarks(label, scanned, context.dialect.clashingMarks)
  refuseCopy(label, source.text)
  if (declaration.args) requireSameNames(label, scanned.names, declaration.args)
  const style = context.dialect.placeholders
  const request = requestKind(result)
  const plan: ArgumentPlan = { label, request, parameters: scanned.names, args: declaration.args }
  const texts = request ? pagedTexts(scanned, source, context.dialect, label) : plainTexts(scanned, style)
  const fetchSize = requireFetchSize(label, declaration.fetchSize, result)
  if (result === 'stream') return streamedSql({ plan, fetchSize, rows: texts.rows, context })
  const run = RESULTS[result]
  const make = declaration.into ? rowsInto(declaration.into, label) : asTheyAre
  return {
    access: effect,
    taken: takenArguments(plan),
    execute: async args => {
      const { values, page } = bindArguments(plan, args)
      if (page?.sort) throw sortOnSql(label)
      return run({ label, texts, values: values.named, page, context, make })
    },
    statements: () => statementsOf(texts, { answersRows: result !== 'affected' && !onlyCounts(source.text) }),
  }
}

interface ResultPlace {
  readonly declaration: PrepareInput<SqlSource>['declaration']
  readonly source: SqlSource
  readonly label: string
  readonly effect: 'read' | 'write'
}

/** The result must be one that such a text can have. */
function requireResult(result: SqlResult, { declaration, source, label, effect }: ResultPlace): void {
  requireFit(label, result, effect)
  if (result === 'page' || result === 'slice') requireSelect(label, result, source.text)
  if (declaration.result !== undefined) requireRows(label, result, source.text)
  if (declaration.into) requireRowsInto(label, result)
}

interface StreamedSql {
  readonly plan: ArgumentPlan
  readonly fetchSize: number
  readonly rows: RenderedSql
  readonly context: QueryContext
}

function streamedSql({ plan, fetchSize, rows, context: { dataSource } }: StreamedSql): PreparedQuery {
  const { label } = plan
  const statement = streamedRecords(rows.sql)
  return {
    access: 'read',
    streams: true,
    taken: takenArguments(plan),
    statements: () => [{ text: rows.sql, answersRows: true }],
    execute: (args, boundary) => {
      const values = parametersOf(rows, bindArguments(plan, args).values.named)
      return new RowStream(new RowBatches({ dataSource, statement, values, fetchSize, label, boundary }))
    },
  }
}

type SqlSource = Extract<QuerySource, { readonly kind: 'sql' }>
type Row = Record<string, unknown>
type MakeRows = (rows: Row[]) => object[]

function asTheyAre(rows: Row[]): Row[] {
  return rows
}

function requireRowsInto(label: string, result: SqlResult): void {
  const withRows = ['many', 'one', 'required', 'page', 'slice']
  if (!withRows.includes(result)) throw kindMismatch(`${label}, which has 'into',`, result, withRows)
}

const SQL_RESULTS = ['many', 'one', 'required', 'page', 'slice', 'scalar', 'affected', 'stream'] as const
type SqlResult = (typeof SQL_RESULTS)[number]

function isSqlResult(result: QueryResultKind): result is SqlResult {
  return (SQL_RESULTS as readonly string[]).includes(result)
}

function requireFit(label: string, result: SqlResult, effect: 'read' | 'write'): void {
  const wantsSelect = result === 'page' || result === 'slice' || result === 'stream'
  if (effect === 'write' && wantsSelect)
    throw kindMismatch(label, result, ['affected', 'many', 'one', 'required', 'scalar'])
  if (effect === 'read' && result === 'affected')
    throw kindMismatch(label, result, ['many', 'one', 'required', 'scalar'])
}

/** A range goes behind the text, and a count around it. */
function requireSelect(label: string, result: SqlResult, sql: string): void {
  for (const token of executedTokens(sql)) {
    if (token === '(') continue
    if (SELECTS.has(token)) return
    break
  }
  const why = ': its text is no SELECT, which alone can be given a range'
  throw kindMismatch(label, result, ['many', 'one', 'required', 'scalar'], { why })
}

/** What answers no rows would be an empty list, or null, for ever. */
function requireRows(label: string, result: SqlResult, sql: string): void {
  if (result === 'affected' || !onlyCounts(sql)) return
  throw kindMismatch(label, result, ['affected'], {
    why: ': it writes, and returns no rows',
    next: 'Add RETURNING to the statement, or use',
  })
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

const SELECTS: ReadonlySet<string> = new Set(['select', 'with', 'values', 'table'])

interface Texts {
  readonly rows: RenderedSql
  readonly count?: RenderedSql
  /** Both as one statement, where the database takes that. */
  readonly page?: RenderedSql | undefined
}

function statementsOf({ rows, count: total }: Texts, facts: Pick<QueryStatement, 'answersRows'>): QueryStatement[] {
  const counted = total && { text: total.sql, part: 'its total', answersRows: true }
  return [{ text: rows.sql, ...facts }, ...(counted ? [counted] : [])]
}

function plainTexts({ segments }: ScannedSql, style: PlaceholderStyle): Texts {
  return { rows: renderNamedParameters(segments, style) }
}

const LIMIT = 'ambit_limit'
const OFFSET = 'ambit_offset'

/** Tells the rows of a page from the one that stands for none. */
const ROW = 'ambit_row'

/**
 * Rows: the text with a range behind it, or around it where it has one of its own. Total: the text inside a count, unless
 * the declaration has its own.
 */
function pagedTexts(scanned: ScannedSql, source: SqlSource, dialect: SqlDialect, label: string): Texts {
  const body = bodyOf(scanned)
  const unlimited = hasOwnRange(source.text) ? selectedFrom('*', body) : body
  const range: SqlSegment[] = [text('\nLIMIT '), parameter(LIMIT), text(' OFFSET '), parameter(OFFSET)]
  const rows = [...unlimited, ...range]
  const counted =
    source.countSql === undefined
      ? selectedFrom('COUNT(*) AS n', body)
      : countSegments(source.countSql, scanned.names, label)
  const render = (segments: readonly SqlSegment[]): RenderedSql => renderNamedParameters(segments, dialect.placeholders)
  const page = dialect.page && pageSegments(dialect.page, rows, counted)
  return { rows: render(rows), count: render(counted), page: page && render(page) }
}

function pageSegments(
  page: readonly PagePart[],
  rows: readonly SqlSegment[],
  count: readonly SqlSegment[],
): readonly SqlSegment[] {
  const places: Readonly<Record<PagePlace, readonly SqlSegment[]>> = {
    rows: selectedFrom(`q.*, TRUE AS ${ROW}`, rows),
    limit: [parameter(LIMIT)],
    offset: [parameter(OFFSET)],
    // What follows must not end up in a comment at the end of the text.
    count: [...count, text('\n')],
  }
  return page.flatMap(part => (typeof part === 'string' ? places[part] : [text(part.sql)]))
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
  readonly make: MakeRows
}

const RESULTS = {
  many: async call => call.make((await send(call)).rows),
  one: async call => one(call.label, call.make((await send(call)).rows)),
  required: async call => required(call.label, call.make((await send(call)).rows)),
  scalar: call => runScalar(call.context, call.texts.rows.sql, parametersOf(call.texts.rows, call.values)),
  affected: async call => (await send(call)).affected,
  page: call => (call.texts.page ? pageAtOnce(call, call.texts.page) : pageInTwo(call)),
  slice: async call => sliceOf(call.make(await ranged(call, call.texts.rows, 1)), requestOf(call)),
} as const satisfies Record<Exclude<SqlResult, 'stream'>, (call: Call) => Promise<unknown>>

function send({ context, texts, values }: Call): Promise<SqlAnswer> {
  return runSql(context, texts.rows.sql, parametersOf(texts.rows, values))
}

async function pageAtOnce(call: Call, page: RenderedSql): Promise<Page<object>> {
  const found = await ranged(call, page, 0)
  const total = found[0]?.[TOTAL] ?? undefined
  const rows = found.flatMap(({ [ROW]: there, [TOTAL]: _, ...row }) => (there === null ? [] : [row]))
  return countedPage(call.make(rows), requestOf(call), total === undefined ? undefined : Number(total))
}

async function pageInTwo(call: Call): Promise<Page<object>> {
  return pageOf(call.make(await ranged(call, call.texts.rows, 0)), requestOf(call), () => count(call))
}

async function ranged(call: Call, sql: RenderedSql, extra: number): Promise<Row[]> {
  const { values, context } = call
  const { size, offset } = requestOf(call)
  const { rows } = await runSql(
    context,
    sql.sql,
    parametersOf(sql, { ...values, [LIMIT]: size + extra, [OFFSET]: offset }),
  )
  return rows
}

function requestOf({ page }: Call): PageRequest {
  if (page === undefined) throw new TypeError('a paged query has a page request')
  return page
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
