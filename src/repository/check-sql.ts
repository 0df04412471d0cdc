import type { AmbitError } from '../core/ambit-error'
import { byText } from '../core/by-text'
import type { Class } from '../core/metadata'
import { judgeStatements, type StatementVerdict } from '../data-source/statements/statement-verdict'
import type { PreparedQuery, QueryContext } from '../query/execute/query-context'
import type { QueryStatement } from '../query/execute/query-statement'
import { complaintOf, sqlProblem } from '../query/execute/sql-problems'
import { CrudRepository } from './crud-repository'
import { crudStatements } from './crud-statements'
import { ReadRepository } from './read-repository'

/** A repository whose queries start-up has checked, as far as its SQL is concerned. */
export interface SqlSource {
  /** The name of its data source. */
  readonly dataSource: string
  readonly context: QueryContext
  readonly queries: ReadonlyMap<string, PreparedQuery>
}

/** What of a repository the database has looked at. */
export interface RepositorySql {
  readonly repository: string
  readonly dataSource: string
  /** Its declared queries. */
  readonly queries: number
  /** The statements of those, and of the methods that it inherits. */
  readonly statements: number
}

export type SqlSources = ReadonlyMap<Class, SqlSource>

/** A statement, and whose it is. */
interface Asked {
  readonly source: SqlSource
  readonly repository: string
  readonly member: string
  /** Whether every CrudRepository has the member: what is wrong with several of them is one problem. */
  readonly inherited: boolean
  readonly statement: QueryStatement
}

/** A statement with what its database says of it. */
interface Judged extends Asked {
  readonly verdict: StatementVerdict
}

/**
 * Has the databases prepare every statement of the repositories, and run none: each text once. Answers the problems, by
 * repository and member.
 *
 * @throws what {@link judgeStatements} throws
 */
export async function checkSql(sources: SqlSources): Promise<readonly AmbitError[]> {
  const asked = byName(sources).flatMap(([target, source]) => statementsOf(target, source))
  return groupsOf(await judgedBy(asked)).map(problemOf)
}

/** The repositories by name, and how much SQL each has. */
export function outlineSql(sources: SqlSources): readonly RepositorySql[] {
  return byName(sources).map(([target, source]) => ({
    repository: target.name,
    dataSource: source.dataSource,
    queries: source.queries.size,
    statements: statementsOf(target, source).length,
  }))
}

function byName(sources: SqlSources): readonly (readonly [Class, SqlSource])[] {
  return [...sources].sort(([left], [right]) => byText(left.name, right.name))
}

function statementsOf(target: Class, source: SqlSource): readonly Asked[] {
  const { name: repository } = target
  const declared = [...source.queries].sort(([left], [right]) => byText(left, right))
  const writes = target.prototype instanceof CrudRepository
  const inherited = target.prototype instanceof ReadRepository ? crudStatements(source.context, writes) : []
  return [
    ...declared.flatMap(([member, query]) =>
      query.statements().map(statement => ({ source, repository, member, inherited: false, statement })),
    ),
    ...inherited.map(each => ({ source, repository, inherited: true, ...each })),
  ]
}

/** In the order in which they were asked. */
async function judgedBy(asked: readonly Asked[]): Promise<readonly Judged[]> {
  const verdicts = new Map<Asked, StatementVerdict>()
  for (const dataSource of new Set(asked.map(({ source }) => source.context.dataSource))) {
    const own = asked.filter(({ source }) => source.context.dataSource === dataSource)
    const texts = [...new Set(own.map(({ statement }) => statement.text))]
    const answers = await judgeStatements(dataSource, texts)
    const verdictOf = new Map(texts.map((text, index) => [text, answers[index] ?? UNJUDGED]))
    for (const each of own) verdicts.set(each, verdictOf.get(each.statement.text) ?? UNJUDGED)
  }
  return asked.map(each => ({ ...each, verdict: verdicts.get(each) ?? UNJUDGED }))
}

/** The same complaint about the statements of one query, or about inherited methods of one repository, is one problem. */
function groupsOf(judged: readonly Judged[]): readonly (readonly [Judged, ...Judged[]])[] {
  const groups = new Map<string, [Judged, ...Judged[]]>()
  for (const each of judged) {
    const complaint = complaintOf(each.statement, each.verdict)
    if (complaint === undefined) continue
    const key = JSON.stringify([each.repository, each.inherited ? '' : each.member, complaint])
    const group = groups.get(key)
    if (group) group.push(each)
    else groups.set(key, [each])
  }
  return [...groups.values()]
}

function problemOf([first, ...others]: readonly [Judged, ...Judged[]]): AmbitError {
  const members = [...new Set([first, ...others].map(({ member }) => member))]
  return sqlProblem(`${first.repository}.${members.join(', ')}`, first.statement, first.verdict)
}

const UNJUDGED: StatementVerdict = { kind: 'unjudged' }
