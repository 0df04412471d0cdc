import type { DataSource, EntityMetadata } from 'typeorm'
import type { ColumnMetadata } from './metadata-types'
import type { BetweenNode } from '../ast/between-node'
import type { BooleanTestNode } from '../ast/boolean-test-node'
import { COMPARISON_SIGNS, type ComparisonNode } from '../ast/comparison-node'
import { ExistsNode } from '../ast/exists-node'
import { isListParameter, type MembershipNode } from '../ast/membership-node'
import { LiteralNode } from '../ast/literal-node'
import type { Operand, Placeholder } from '../ast/operand'
import type { PatternNode } from '../ast/pattern-node'
import { isCondition, type Predicate, type PredicateVisitor, visitPredicate, withPath } from '../ast/predicate'
import { QueryParameterError } from '../errors'
import { sizeOf } from '../ast/predicate-size'
import { BoundParameters } from './bound-parameters'
import { elementSelect, quotedColumn } from './element-select'
import { memberKey } from './member-key'
import { PropertyReferences, type References } from './property-references'
import type { SqlDialect } from './sql-dialect'
import { type CallValues, operandReader, persistentForm, type QueryParameters, type ValueReader } from './values'

/** A predicate as TypeORM's query builder takes it: property references of aliases, and named parameters. */
export interface CompiledPredicate {
  readonly text: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What a predicate is compiled for. */
export interface CompileTarget {
  readonly dataSource: DataSource
  readonly metadata: EntityMetadata
  readonly dialect: SqlDialect
}

/**
 * Compiles predicates of one query to SQL conditions. Every value is bound, in the form its column stores; every property
 * comes from the metadata; relations to one on the way are collected in `references`, and a condition on a collection is an
 * EXISTS of its own.
 */
export class PredicateCompiler {
  readonly references: References
  readonly #target: CompileTarget
  readonly #bound: BoundParameters
  /** How many operands may stand in a row. */
  #inRow = Infinity

  constructor(target: CompileTarget, references: References, bound: BoundParameters) {
    this.#target = target
    this.references = references
    this.#bound = bound
  }

  /** `alias`: of the entity's rows; empty where the statement knows none. */
  static of(target: CompileTarget, alias: string, call: QueryParameters): PredicateCompiler {
    return new PredicateCompiler(target, new PropertyReferences(target.metadata, alias), new BoundParameters(call))
  }

  compile(predicate: Predicate): CompiledPredicate {
    if (sizeOf(predicate).conditions > SMALL) this.#inRow = 8
    return { text: this.#visit(predicate), parameters: this.#bound.values }
  }

  #visit(node: Predicate): string {
    return visitPredicate(this.#ofElement(node), this.#visitor)
  }

  /** A condition behind a collection is one on some element of it. */
  #ofElement(node: Predicate): Predicate {
    if (!isCondition(node)) return node
    const found = this.references.collectionAt(node.path)
    return found === undefined || found.rest === '' ? node : ExistsNode.create(found.path, withPath(node, found.rest))
  }

  readonly #visitor: PredicateVisitor<string> = {
    and: node => this.#joined(node.operands, ' AND '),
    or: node => this.#joined(node.operands, ' OR '),
    not: node => `NOT (${this.#visit(node.operand)})`,
    comparison: node => this.#comparison(node),
    membership: node => this.#membership(node),
    pattern: node => this.#pattern(node),
    'null-test': node => `${this.#column(node.path).text} IS ${node.negated ? 'NOT ' : ''}NULL`,
    'boolean-test': node => this.#booleanTest(node),
    between: node => this.#between(node),
    exists: ({ path, predicate, negated }) =>
      this.#someElement(path, negated, element => (predicate ? [element.#visit(predicate)] : [])),
  }

  #joined(operands: readonly Predicate[], word: string): string {
    const parts = operands.map(operand => this.#visit(operand))
    const groups = parts.length <= this.#inRow ? parts : grouped(parts).map(group => `(${group.join(word)})`)
    return `(${groups.join(word)})`
  }

  #comparison({ path, operator, value, ignoreCase }: ComparisonNode): string {
    const { text, column } = this.#column(path)
    // Derived names read a null argument as a test for null; in an expression `= :x` is SQL's own comparison.
    if (value.kind === 'argument' && this.#bound.isNull(value.index)) {
      if (operator === 'eq') return `${text} IS NULL`
      if (operator === 'ne') return `${text} IS NOT NULL`
    }
    const [left, right] = folded(ignoreCase, text, this.#bind(column, value, ignoreCase))
    const compared = this.#comparer(column)
    return `${compared(left)} ${COMPARISON_SIGNS[operator]} ${compared(right)}`
  }

  #membership({ path, members, negated, ignoreCase }: MembershipNode): string {
    const { dialect } = this.#target
    const { text, column } = this.#column(path)
    const bound = this.#bindList(column, members, ignoreCase)
    if (dialect.writesLists && this.#bound.isEmptyList(bound)) return negated ? '1 = 1' : '1 = 0'
    const own = dialect.listedBytes && this.#holdsBytes(column) ? dialect.listedBytes(text) : text
    const [left, list] = ignoreCase ? [`LOWER(${text})`, dialect.lowerList(bound)] : [own, bound]
    const compared = this.#comparer(column)(left)
    return negated ? dialect.notInList(compared, list) : dialect.inList(compared, list)
  }

  /** Makes of a side of a comparison what compares as texts do on every database. */
  #comparer(column: ColumnMetadata): (sql: string) => string {
    const { dialect, dataSource } = this.#target
    if (dialect.exact === undefined) return asItIs
    return /char|text|enum|set/.test(dataSource.driver.normalizeType(column)) ? dialect.exact : asItIs
  }

  #holdsBytes(column: ColumnMetadata): boolean {
    return /blob|binary|bytea/.test(this.#target.dataSource.driver.normalizeType(column))
  }

  #pattern(node: PatternNode): string {
    const { path, operator, value, negated, ignoreCase } = node
    const { dialect } = this.#target
    if (this.references.collectionAt(path)) return this.#someElement(path, negated, element => element.#is(value))
    const { text } = this.#column(path)
    const part = operandReader(value)
    const bound = this.#parameter(operator === 'like' ? values => dialect.pattern(part(values)) : part, undefined)
    const test = dialect[operator](...folded(ignoreCase, text, bound))
    return negated ? `NOT (${test})` : test
  }

  #booleanTest({ path, expected, negated }: BooleanTestNode): string {
    const { text, column } = this.#column(path)
    const value = persistentForm(this.#target.dataSource, column)(expected)
    const test = this.#target.dialect.same(
      text,
      this.#parameter(() => value, column),
    )
    return negated ? `NOT (${test})` : test
  }

  #between({ path, low, high, negated }: BetweenNode): string {
    const { text, column } = this.#column(path)
    const compared = this.#comparer(column)
    const [from, to] = [compared(this.#bind(column, low)), compared(this.#bind(column, high))]
    return `${compared(text)} ${negated ? 'NOT ' : ''}BETWEEN ${from} AND ${to}`
  }

  #someElement(
    path: string,
    negated: boolean,
    conditionsOf: (element: PredicateCompiler) => readonly string[],
  ): string {
    const { driver } = this.#target.dataSource
    const collection = this.references.collection(path)
    const element = this.#inside(collection.relation.inverseEntityMetadata)
    const conditions = [...element.#ofItsClass(), ...conditionsOf(element)]
    const { joins, alias } = element.references
    return `${negated ? 'NOT ' : ''}EXISTS (${elementSelect(driver, { collection, alias, joins, conditions })})`
  }

  /** A compiler for what is said of an element. */
  #inside(metadata: EntityMetadata): PredicateCompiler {
    const { driver } = this.#target.dataSource
    const references = new PropertyReferences(metadata, this.#bound.alias(), quotedColumn(driver))
    return new PredicateCompiler({ ...this.#target, metadata }, references, this.#bound)
  }

  /** The row is that entity, told by itself or by its key. */
  #is(value: Operand): readonly string[] {
    const { dataSource, metadata } = this.#target
    const read = operandReader(value)
    return metadata.primaryColumns.map(column => {
      const stored = persistentForm(dataSource, column)
      const part = memberKey(metadata, column)
      const bound = this.#bound.add(values => stored(part(read(values))), column)
      const compared = this.#comparer(column)
      return `${compared(quotedColumn(dataSource.driver)(this.references.alias, column))} = ${compared(bound)}`
    })
  }

  /** Several classes may share the element's table. */
  #ofItsClass(): readonly string[] {
    const { discriminatorColumn, parentEntityMetadata, discriminatorValue, childEntityMetadatas } =
      this.#target.metadata
    if (discriminatorColumn === undefined || !(parentEntityMetadata as EntityMetadata | undefined)) return []
    const classes = [discriminatorValue, ...childEntityMetadatas.map(child => child.discriminatorValue)]
    const names = classes.map(name => this.#bound.add(() => name, discriminatorColumn))
    return [
      `${quotedColumn(this.#target.dataSource.driver)(this.references.alias, discriminatorColumn)} IN (${names.join(', ')})`,
    ]
  }

  #column(path: string): { text: string; column: ColumnMetadata } {
    return this.references.column(path)
  }

  /** `asText`: where a number would be compared by its digits. */
  #bind(column: ColumnMetadata, operand: Operand, asText = false): string {
    const stored = persistentForm(this.#target.dataSource, column)
    const read = operandReader(operand)
    const given = LiteralNode.is(operand) ? digitsOf(read) : read
    return this.#parameter(values => stored(given(values)), asText ? undefined : column)
  }

  #bindList(column: ColumnMetadata, members: MembershipNode['members'], fold: boolean): string {
    const { dataSource, dialect } = this.#target
    const stored = persistentForm(dataSource, column)
    const read = memberReader(members)
    const form = fold && dialect.writesLists ? (value: unknown) => lower(stored(value)) : stored
    return this.#parameter(values => dialect.list(read(values).map(form)), undefined)
  }

  #parameter(read: ValueReader, column: ColumnMetadata | undefined): string {
    return this.#bound.add(read, column)
  }
}

/**
 * SQLite takes 1,000 levels of an expression, of which each condition in a row is one, and some 30 parentheses. In predicates
 * of more conditions than this, a long row of n is written as groups: two times √n levels for one more parenthesis.
 */
const SMALL = 100

function grouped<E>(list: readonly E[]): readonly (readonly E[])[] {
  const size = Math.ceil(Math.sqrt(list.length))
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size))
}

/** Numbers of the text beyond JavaScript's precision are digits; the column's type reads them. */
function digitsOf(read: ValueReader): ValueReader {
  return values => {
    const value = read(values)
    return typeof value === 'bigint' ? value.toString() : value
  }
}

function memberReader(members: MembershipNode['members']): (values: CallValues) => readonly unknown[] {
  if (!isListParameter(members)) {
    const readers = members.map(operandReader)
    return values => readers.map(read => read(values))
  }
  const read = operandReader(members)
  return values => {
    const list = read(values)
    if (Array.isArray(list)) return list as unknown[]
    throw notAList(members)
  }
}

/** A single value, or null, would silently become the empty list: every row, under `not in`. */
function notAList(operand: Placeholder): QueryParameterError {
  const name = operand.kind === 'parameter' ? `:${operand.name}` : `argument ${operand.index + 1}`
  return new QueryParameterError(
    'AMBIT_QUERY_PARAMETER_LIST',
    { what: `${name} stands for a list, and was given something else.`, next: 'Pass an array.' },
    [name],
  )
}

function asItIs(sql: string): string {
  return sql
}

function lower(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value
}

function folded(ignoreCase: boolean, left: string, right: string): [string, string] {
  return ignoreCase ? [`LOWER(${left})`, `LOWER(${right})`] : [left, right]
}
