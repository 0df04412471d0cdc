import type { DataSource, EntityMetadata } from 'typeorm'
import type { ColumnMetadata } from './metadata-types'
import type { BetweenNode } from '../ast/between-node'
import type { BooleanTestNode } from '../ast/boolean-test-node'
import { COMPARISON_SIGNS, type ComparisonNode } from '../ast/comparison-node'
import { isListParameter, type MembershipNode } from '../ast/membership-node'
import { isPlaceholder, type Operand, type Placeholder } from '../ast/operand'
import type { PatternNode } from '../ast/pattern-node'
import { type Predicate, type PredicateVisitor, visitPredicate } from '../ast/predicate'
import { QueryParameterError } from '../errors'
import { PropertyReferences } from './property-references'
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
 * comes from the metadata; relations on the way are collected in `references`.
 */
export class PredicateCompiler {
  readonly references: PropertyReferences
  readonly #target: CompileTarget
  readonly #call: QueryParameters
  readonly #parameters: Record<string, unknown> = {}
  #count = 0

  constructor(target: CompileTarget, alias: string, call: QueryParameters) {
    this.#target = target
    this.#call = call
    this.references = new PropertyReferences(target.metadata, alias)
  }

  compile(predicate: Predicate): CompiledPredicate {
    return { text: this.#visit(predicate), parameters: this.#parameters }
  }

  #visit(node: Predicate): string {
    return visitPredicate(node, this.#visitor)
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
  }

  #joined(operands: readonly Predicate[], word: string): string {
    return `(${operands.map(operand => this.#visit(operand)).join(word)})`
  }

  #comparison({ path, operator, value, ignoreCase }: ComparisonNode): string {
    const { text, column } = this.#column(path)
    // Derived names read a null argument as a test for null; in an expression `= :x` is SQL's own comparison.
    if (value.kind === 'argument' && this.#call.isNull(value.index)) {
      if (operator === 'eq') return `${text} IS NULL`
      if (operator === 'ne') return `${text} IS NOT NULL`
    }
    const [left, right] = folded(ignoreCase, text, this.#bind(column, value, ignoreCase))
    return `${left} ${COMPARISON_SIGNS[operator]} ${right}`
  }

  #membership({ path, members, negated, ignoreCase }: MembershipNode): string {
    const { dialect } = this.#target
    const { text, column } = this.#column(path)
    const bound = this.#bindList(column, members)
    const [left, list] = ignoreCase ? [`LOWER(${text})`, dialect.lowerList(bound)] : [text, bound]
    return negated ? dialect.notInList(left, list) : dialect.inList(left, list)
  }

  #pattern({ path, operator, value, negated, ignoreCase }: PatternNode): string {
    const { dialect } = this.#target
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
    return `${text} ${negated ? 'NOT ' : ''}BETWEEN ${this.#bind(column, low)} AND ${this.#bind(column, high)}`
  }

  #column(path: string): { text: string; column: ColumnMetadata } {
    return this.references.column(path)
  }

  /** `asText`: where a number would be compared by its digits. */
  #bind(column: ColumnMetadata, operand: Operand, asText = false): string {
    const stored = persistentForm(this.#target.dataSource, column)
    const read = operandReader(operand)
    const given = isPlaceholder(operand) ? read : digitsOf(read)
    return this.#parameter(values => stored(given(values)), asText ? undefined : column)
  }

  #bindList(column: ColumnMetadata, members: MembershipNode['members']): string {
    const { dataSource, dialect } = this.#target
    const stored = persistentForm(dataSource, column)
    const read = memberReader(members)
    return this.#parameter(values => dialect.list(read(values).map(stored)), undefined)
  }

  #parameter(read: ValueReader, column: ColumnMetadata | undefined): string {
    const name = `ambit_${(this.#count += 1)}`
    this.#parameters[name] = this.#call.parameter(read, column)
    return `:${name}`
  }
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

function folded(ignoreCase: boolean, left: string, right: string): [string, string] {
  return ignoreCase ? [`LOWER(${left})`, `LOWER(${right})`] : [left, right]
}
