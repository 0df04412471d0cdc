import type { DataSource, EntityMetadata } from 'typeorm'
import type { ColumnMetadata } from './metadata-types'
import type { BetweenNode } from '../ast/between-node'
import type { BooleanTestNode } from '../ast/boolean-test-node'
import { COMPARISON_SIGNS, type ComparisonNode } from '../ast/comparison-node'
import type { MembershipNode } from '../ast/membership-node'
import type { Operand } from '../ast/operand'
import { isPlaceholder } from '../ast/operand'
import type { PatternNode } from '../ast/pattern-node'
import { type Predicate, type PredicateVisitor, visitPredicate } from '../ast/predicate'
import { QueryParameterError } from '../errors'
import { PropertyReferences } from './property-references'
import type { SqlDialect } from './sql-dialect'
import { type CallValues, operandValue, persistentValue } from './values'

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
  readonly #values: CallValues
  readonly #parameters: Record<string, unknown> = {}
  #count = 0

  constructor(target: CompileTarget, alias: string, values: CallValues) {
    this.#target = target
    this.#values = values
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
    if (value.kind === 'argument' && operandValue(value, this.#values) === null) {
      if (operator === 'eq') return `${text} IS NULL`
      if (operator === 'ne') return `${text} IS NOT NULL`
    }
    const [left, right] = folded(ignoreCase, text, this.#bind(column, value))
    return `${left} ${COMPARISON_SIGNS[operator]} ${right}`
  }

  #membership({ path, members, negated, ignoreCase }: MembershipNode): string {
    const { dialect } = this.#target
    const { text, column } = this.#column(path)
    const bound = this.#bindList(column, this.#memberValues(members))
    const [left, list] = ignoreCase ? [`LOWER(${text})`, dialect.lowerList(bound)] : [text, bound]
    return negated ? dialect.notInList(left, list) : dialect.inList(left, list)
  }

  #memberValues(members: MembershipNode['members']): readonly unknown[] {
    if (!Array.isArray(members)) {
      const list = operandValue(members as Operand, this.#values)
      if (Array.isArray(list)) return list as unknown[]
      throw notAList(members as Operand)
    }
    return (members as readonly Operand[]).map(member => operandValue(member, this.#values))
  }

  #pattern({ path, operator, value, negated, ignoreCase }: PatternNode): string {
    const { dialect } = this.#target
    const { text } = this.#column(path)
    const part = operandValue(value, this.#values)
    const bound = this.#parameter(operator === 'like' ? dialect.pattern(part) : part)
    const test = dialect[operator](...folded(ignoreCase, text, bound))
    return negated ? `NOT (${test})` : test
  }

  #booleanTest({ path, expected, negated }: BooleanTestNode): string {
    const { text, column } = this.#column(path)
    const value = this.#parameter(persistentValue(this.#target.dataSource, column, expected))
    const test = this.#target.dialect.same(text, value)
    return negated ? `NOT (${test})` : test
  }

  #between({ path, low, high, negated }: BetweenNode): string {
    const { text, column } = this.#column(path)
    return `${text} ${negated ? 'NOT ' : ''}BETWEEN ${this.#bind(column, low)} AND ${this.#bind(column, high)}`
  }

  #column(path: string): { text: string; column: ColumnMetadata } {
    return this.references.column(path)
  }

  #bind(column: ColumnMetadata, operand: Operand): string {
    const value = operandValue(operand, this.#values)
    // Numbers of the text beyond JavaScript's precision are digits; the column's type reads them.
    const bound = isPlaceholder(operand) || typeof value !== 'bigint' ? value : value.toString()
    return this.#parameter(persistentValue(this.#target.dataSource, column, bound))
  }

  #bindList(column: ColumnMetadata, values: readonly unknown[]): string {
    const stored = values.map(value => persistentValue(this.#target.dataSource, column, value))
    return this.#parameter(this.#target.dialect.list(stored))
  }

  #parameter(value: unknown): string {
    const name = `ambit_${(this.#count += 1)}`
    this.#parameters[name] = value
    return `:${name}`
  }
}

/** A single value, or null, would silently become the empty list: every row, under `not in`. */
function notAList(operand: Operand): QueryParameterError {
  const name =
    operand.kind === 'parameter'
      ? `:${operand.name}`
      : operand.kind === 'argument'
        ? `argument ${operand.index + 1}`
        : 'the list'
  return new QueryParameterError(
    'AMBIT_QUERY_PARAMETER_LIST',
    { what: `${name} stands for a list, and was given something else.`, next: 'Pass an array.' },
    [name],
  )
}

function folded(ignoreCase: boolean, left: string, right: string): [string, string] {
  return ignoreCase ? [`LOWER(${left})`, `LOWER(${right})`] : [left, right]
}
