import type { DataSource, EntityMetadata, ObjectLiteral, SelectQueryBuilder } from 'typeorm'
import { parametersOf } from '../ast/conditions'
import type { Predicate } from '../ast/predicate'
import type { Specification } from '../builder/specification'
import { BoundParameters } from '../compile/bound-parameters'
import { mysqlDialect } from '../compile/mysql-dialect'
import { PredicateCompiler } from '../compile/predicate-compiler'
import { type Join, PropertyReferences } from '../compile/property-references'
import { SQL_DIALECTS, type SqlDialect } from '../compile/sql-dialect'
import { parametersOfCall } from '../compile/values'
import { QueryDeclarationError, QueryParameterError } from '../errors'
import { checkedPredicate, requireOpened } from './checked-predicate'

/** Where a specification is to be applied. */
export interface ApplyOptions {
  /** The alias of the entity in the builder. Default: the builder's main one. */
  readonly alias?: string
}

/**
 * Adds a specification to a select of TypeORM's query builder, joins and all, with AND around what the builder has so far.
 * For queries that are built by hand, and for databases that Ambit has no engine for: PostgreSQL, SQLite, MySQL, MariaDB.
 *
 * @example
 * const builder = dataSource.getRepository(User).createQueryBuilder('u')
 * applySpecification(builder, { predicate: parsed.predicate })
 * await builder.getMany()   // SELECT … FROM `user` `u` WHERE … AND EXISTS (SELECT 1 FROM `orders` …)
 *
 * @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`; QueryDeclarationError `AMBIT_QUERY_COLLECTION`,
 * `AMBIT_QUERY_UNSUPPORTED`; QueryParameterError `AMBIT_QUERY_PARAMETER_MISSING` for one that still has parameters;
 * QueryValueError `AMBIT_QUERY_VALUE`; InvalidQueryNodeError `AMBIT_QUERY_TOO_LARGE`; PropertyNotAllowedError
 * `AMBIT_QUERY_NOT_ALLOWED`
 */
export function applySpecification<T extends ObjectLiteral>(
  builder: SelectQueryBuilder<T>,
  specification: Specification<T>,
  { alias = builder.alias }: ApplyOptions = {},
): SelectQueryBuilder<T> {
  const { predicate, '~openTo': opened } = specification
  if (predicate === undefined && opened === undefined) return builder
  const dataSource = dataSourceOf(builder)
  const { metadata } = builder.expressionMap.findAliasByName(alias)
  const target = { dataSource, metadata, dialect: dialectOf(dataSource) }
  requireOpened(metadata, opened, LABEL)
  if (predicate === undefined) return builder
  requireComplete(metadata, predicate)
  const references = new PropertyReferences(metadata, alias)
  const bound = new BoundParameters(parametersOfCall(NO_VALUES), nextPrefix())
  const { text, parameters } = new PredicateCompiler(target, references, bound).compile(
    checkedPredicate(target, predicate, LABEL),
  )
  for (const join of references.joins) joinOnce(builder, join)
  encloseWhere(builder)
  return builder.andWhere(text, { ...parameters })
}

const LABEL = 'applySpecification'
const NO_VALUES = { named: {}, positional: [] }

const DIALECTS: Readonly<Record<string, SqlDialect | undefined>> = {
  ...SQL_DIALECTS,
  mysql: mysqlDialect,
  mariadb: mysqlDialect,
  'aurora-mysql': mysqlDialect,
}

/** TypeORM 0.3 calls it `connection`. */
function dataSourceOf(builder: { readonly dataSource?: DataSource; readonly connection?: DataSource }): DataSource {
  const dataSource = builder.dataSource ?? builder.connection
  if (dataSource === undefined) throw new TypeError('a query builder has a data source')
  return dataSource
}

function dialectOf({ options }: DataSource): SqlDialect {
  const dialect = DIALECTS[options.type]
  if (dialect !== undefined) return dialect
  throw new QueryDeclarationError('AMBIT_QUERY_UNSUPPORTED', {
    what: `Specifications know no SQL of '${options.type}'.`,
    where: LABEL,
    next: `They are for ${Object.keys(DIALECTS).join(', ')}.`,
  })
}

function requireComplete({ name }: EntityMetadata, predicate: Predicate): void {
  const [open] = parametersOf(predicate)
  if (open === undefined) return
  const { parameter } = open
  const written = parameter.kind === 'parameter' ? `:${parameter.name}` : `?${parameter.index + 1}`
  const what = `The specification of ${name} has the parameter ${written}, which nobody supplies.`
  const next = 'Put values into specifications, not parameters.'
  throw new QueryParameterError('AMBIT_QUERY_PARAMETER_MISSING', { what, where: LABEL, next }, [written])
}

let applied = 0

/**
 * Texts of several builders may become one statement, whose parameters are then in one map: a subquery gives its own to the
 * builder around it. Databases see no names.
 */
function nextPrefix(): string {
  return `ambit_${(applied += 1)}_`
}

function joinOnce(builder: SelectQueryBuilder<ObjectLiteral>, { relation, owner, alias }: Join): void {
  if (builder.expressionMap.aliases.some(({ name }) => name === alias)) return
  builder.leftJoin(`${owner}.${relation.propertyPath}`, alias)
}

/** An OR that the caller has written must not take the specification as one of its sides only. */
function encloseWhere(builder: SelectQueryBuilder<ObjectLiteral>): void {
  const { expressionMap } = builder
  if (expressionMap.wheres.length < 1) return
  const condition = { operator: 'brackets' as const, condition: expressionMap.wheres }
  expressionMap.wheres = [{ type: 'simple', condition }]
}
