import type { DataSource, ObjectLiteral, Repository } from 'typeorm'
import type { AmbitError } from '../core/ambit-error'
import { emittedFields } from '../core/emitted-fields'
import type { Class } from '../core/metadata'
import { SQL_DIALECTS } from '../query/compile/sql-dialect'
import { allDeclarations } from '../tx/declaration'
import type { Cursors } from '../query/cursor/cursors'
import { declaredQueries } from '../query/declaration'
import { QueryValidationError } from '../query/errors'
import { prepareQuery } from '../query/execute/prepare-query'
import type { PreparedQuery, QueryContext } from '../query/execute/query-context'
import { bindQueries, type BoundQuery } from '../query/query-method'
import { bindRepository } from './binding'
import { checkSql, outlineSql, type RepositorySql, type SqlSource } from './check-sql'
import { InvalidRepositoryError } from './errors'
import { forgottenQueries } from './forgotten-queries'
import { fragmentProblems } from './fragments'
import { implicitBoundary } from './implicit-boundary'
import { ProblemList } from './problem-list'
import { type RepositoryDefinition, repositoryDefinition } from './repository-definition'
import { refuseReserved } from './reserved-names'
import { streamMethod } from './stream-method'

/** A repository class that start-up has checked. */
interface CheckedRepository extends SqlSource {
  readonly orm: Repository<ObjectLiteral> | undefined
}

/** Gives the repositories of an application their entities and queries, all of them checked before any is built. */
export class RepositoryBinder {
  readonly #dataSources: ReadonlyMap<string, DataSource>
  readonly #cursors: Cursors
  readonly #checked = new Map<Class, CheckedRepository>()

  constructor(dataSources: ReadonlyMap<string, DataSource>, cursors: Cursors) {
    this.#dataSources = dataSources
    this.#cursors = cursors
  }

  /** Checks every repository among the classes; answers all that is wrong with them by class and member; sends no SQL. */
  check(classes: readonly Class[]): readonly AmbitError[] {
    const problems = new ProblemList()
    for (const target of classes) {
      const definition = repositoryDefinition(target)
      if (definition) this.#check(target, definition, problems)
    }
    return problems.sorted()
  }

  /**
   * Has the databases prepare all SQL of the repositories that have been checked and belong to one of the data sources, and
   * run none of it; answers what is wrong, by class and member.
   *
   * @throws DataSourceUnreachableError `AMBIT_DATA_SOURCE_UNREACHABLE`, DatabaseError `AMBIT_DATABASE_*`
   */
  checkSql(dataSources: ReadonlySet<string>): Promise<readonly AmbitError[]> {
    return checkSql(new Map([...this.#checked].filter(([, { dataSource }]) => dataSources.has(dataSource))))
  }

  /** How much SQL each repository has that has been checked. */
  outlineSql(): readonly RepositorySql[] {
    return outlineSql(this.#checked)
  }

  /**
   * Binds an object that the container has just built, if it is a repository.
   *
   * @throws QueryValidationError `AMBIT_QUERY_INVALID` for one that start-up had no class to check of: a factory made it
   */
  bind(instance: object): void {
    const target = instance.constructor as Class
    const definition = repositoryDefinition(target)
    if (definition === undefined) return
    const problems = this.#checked.has(target) ? [] : this.check([target])
    if (problems.length > 0) throw new QueryValidationError(problems)
    const checked = this.#checked.get(target)
    if (checked === undefined) return
    refuseFields(
      target,
      [...checked.queries.keys()].filter(member => Object.hasOwn(instance, member)),
    )
    bindRepository(instance, checked)
    bindQueries(instance, boundQueries(instance, target, definition, checked))
  }

  #check(target: Class, definition: RepositoryDefinition, problems: ProblemList): void {
    const context = problems.collect({ target }, () => this.#context(target, definition))
    if (context === undefined) return
    for (const stray of strayBoundaries(target, definition)) problems.add({ target }, stray)
    for (const { member, error } of forgottenQueries(target)) problems.add({ target, member }, error)
    for (const problem of fragmentProblems(target, definition.fragments)) problems.add({ target }, problem)
    const queries = new Map<string, PreparedQuery>()
    problems.collect({ target }, () => refuseFields(target, hiddenQueries(target)))
    for (const declaration of declaredQueries(target)) {
      const { member } = declaration
      const query = problems.collect({ target, member }, () => {
        refuseReserved(target, declaration)
        return prepareQuery(declaration, context)
      })
      if (query) queries.set(member, query)
    }
    const orm = context.metadata && context.dataSource.getRepository(context.metadata.target)
    this.#checked.set(target, { dataSource: definition.dataSource, context, orm, queries })
  }

  #context(target: Class, { entity, dataSource: name }: RepositoryDefinition): QueryContext {
    const dataSource = this.#dataSources.get(name)
    if (dataSource === undefined) throw noDataSource(target, name, [...this.#dataSources.keys()])
    const dialect = SQL_DIALECTS[dataSource.options.type]
    if (dialect === undefined) throw noDataSource(target, name, [...this.#dataSources.keys()])
    if (entity !== undefined && !dataSource.hasMetadata(entity)) throw noEntity(target, entity, name)
    const metadata = entity === undefined ? undefined : dataSource.getMetadata(entity)
    return { dataSource, dialect, metadata, cursors: this.#cursors }
  }
}

/** `@Transactional` without a data source means the default one, in which a repository of another has no business. */
function strayBoundaries(target: Class, { dataSource }: RepositoryDefinition): InvalidRepositoryError[] {
  const stray = [...allDeclarations(target)].filter(([, options]) => (options.dataSource ?? 'default') !== dataSource)
  return stray.map(([member, options]) => {
    const where = member === 'class' ? target.name : `${target.name}.${String(member)}`
    return new InvalidRepositoryError('AMBIT_REPOSITORY_INVALID', {
      what: `@Transactional on ${where} means the data source '${options.dataSource ?? 'default'}', but ${target.name} belongs to '${dataSource}'.`,
      where,
      next: `Write @Transactional({ dataSource: '${dataSource}' }).`,
    })
  })
}

function boundQueries(
  instance: object,
  target: Class,
  { dataSource }: RepositoryDefinition,
  { queries }: CheckedRepository,
): Map<string, BoundQuery> {
  const bound = new Map<string, BoundQuery>()
  for (const [member, query] of queries) {
    if (query.streams) {
      bound.set(member, streamMethod(query, target, member))
      continue
    }
    const run = (...args: unknown[]): unknown => query.execute(args)
    const boundary = implicitBoundary(run, { target, member, dataSource, accessOf: () => query.access })
    bound.set(member, args => Promise.resolve(boundary.apply(instance, args)))
  }
  return bound
}

/** As far as the text of the classes shows; the objects show the rest. */
function hiddenQueries(target: Class): readonly string[] {
  return declaredQueries(target).flatMap(({ owner, member }) => emittedFields(owner, [member]).empty)
}

/** Class fields that the compiler made of declarations without `declare`; their value is undefined. */
function refuseFields({ name }: Class, fields: readonly string[]): void {
  const [first] = fields
  if (first === undefined) return
  throw new InvalidRepositoryError('AMBIT_REPOSITORY_FIELD', {
    what: `${name} has fields that hide its queries: ${fields.join(', ')}.`,
    where: name,
    next: `Write 'declare' before each, as in 'declare ${first}: …': then the compiler emits no field.`,
  })
}

function noDataSource(target: Class, name: string, known: readonly string[]): InvalidRepositoryError {
  return new InvalidRepositoryError('AMBIT_REPOSITORY_INVALID', {
    what: `${target.name} belongs to the data source '${name}', which the application does not have.`,
    where: target.name,
    next: `Use one of ${known.map(each => `'${each}'`).join(', ')}.`,
  })
}

function noEntity(target: Class, entity: unknown, dataSource: string): InvalidRepositoryError {
  const name = (entity as { name?: string }).name ?? 'its entity'
  return new InvalidRepositoryError('AMBIT_REPOSITORY_INVALID', {
    what: `${target.name} is a repository of ${name}, which the data source '${dataSource}' does not map.`,
    where: target.name,
    next: `Add ${name} to bootstrap({ entities }), and check that it is decorated with @Entity().`,
  })
}
