import type { EntityMetadata } from 'typeorm'
import { BetweenNode } from '../ast/between-node'
import { ComparisonNode } from '../ast/comparison-node'
import { AndNode } from '../ast/and-node'
import { ExistsNode } from '../ast/exists-node'
import { isListParameter, MembershipNode } from '../ast/membership-node'
import { NotNode } from '../ast/not-node'
import { isPlaceholder, type Operand } from '../ast/operand'
import { OrNode } from '../ast/or-node'
import type { OrderTerm } from '../ast/order-term'
import { PATTERN_WORDS, type PatternNode } from '../ast/pattern-node'
import { type Predicate, type PredicateVisitor, visitPredicate } from '../ast/predicate'
import { valueOperand } from '../ast/value-operand'
import { ValueNode } from '../ast/value-node'
import type { ErrorText } from '../../core/ambit-error'
import { QueryValueError } from '../errors'
import { type HeldOperand, VALUE_RULES } from './coerce-value'
import { type ColumnKind, columnKind } from './column-kind'
import { elementsOf, isCollection, resolveProperty } from './entity-properties'
import type { ColumnMetadata } from './metadata-types'
import type { CompileTarget } from './predicate-compiler'
import type { SqlDialect } from './sql-dialect'

/**
 * The predicate with its values as their columns take them: the text of a date becomes a date, '18' a number. What a column
 * cannot take is refused here, where the property can be told, and not by the database.
 *
 * Its properties must have been checked.
 *
 * @throws QueryValueError `AMBIT_QUERY_VALUE`
 */
export function coercePredicate(
  { metadata, dialect }: Pick<CompileTarget, 'metadata' | 'dialect'>,
  predicate: Predicate,
  label: string,
): Predicate {
  return new Coercion(propertiesOf(metadata), dialect, label).visit(predicate)
}

/** The same for a predicate over names that are no properties. */
export function coerceNamed(
  names: NamedColumns,
  { dialect }: Pick<CompileTarget, 'dialect'>,
  predicate: Predicate,
  label: string,
): Predicate {
  return new Coercion({ ...names, isCollection: () => false, elements: () => undefined }, dialect, label).visit(
    predicate,
  )
}

/** What stands for the names of a predicate. */
export interface NamedColumns {
  /** Whose names they are, for messages. */
  readonly owner: string
  /** `undefined` for a name that it does not have. */
  column(name: string): ColumnMetadata | undefined
}

/**
 * Refuses an order by what has none.
 *
 * @throws QueryValueError `AMBIT_QUERY_VALUE`
 */
export function requireSortable(
  { metadata, dialect }: Pick<CompileTarget, 'metadata' | 'dialect'>,
  order: readonly OrderTerm[],
  label: string,
): void {
  const coercion = new Coercion(propertiesOf(metadata), dialect, label)
  for (const { path, ignoreCase } of order) coercion.sort(path, ignoreCase)
}

/** The properties of an entity, or of the elements of a collection. */
interface Properties extends NamedColumns {
  isCollection(path: string): boolean
  elements(path: string): Properties | undefined
}

function propertiesOf(metadata: EntityMetadata): Properties {
  return {
    owner: metadata.name,
    column: path => resolveProperty(metadata, path)?.column,
    isCollection: path => isCollection(metadata, path),
    elements: path => {
      const elements = elementsOf(metadata, path)
      return elements && propertiesOf(elements)
    },
  }
}

class Coercion {
  readonly #properties: Properties
  readonly #dialect: SqlDialect
  readonly #label: string

  constructor(properties: Properties, dialect: SqlDialect, label: string) {
    this.#properties = properties
    this.#dialect = dialect
    this.#label = label
  }

  visit(node: Predicate): Predicate {
    return visitPredicate(node, this.#visitor)
  }

  sort(path: string, ignoreCase: boolean): void {
    const { kind } = this.#property(path)
    if (kind === 'json') throw this.#misfit(path, 'a sort', 'values that have an order')
    this.#requireText(path, ignoreCase, 'a sort that ignores case')
  }

  readonly #visitor: PredicateVisitor<Predicate> = {
    and: node => AndNode.create(node.operands.map(each => this.visit(each))),
    or: node => OrNode.create(node.operands.map(each => this.visit(each))),
    not: node => NotNode.create(this.visit(node.operand)),
    comparison: node => {
      this.#requireText(node.path, node.ignoreCase, 'a comparison that ignores case')
      return ComparisonNode.create(node.operator, node.path, this.#value(node.path, node.value), node)
    },
    membership: node => {
      const { path, members, ignoreCase } = node
      this.#requireText(path, ignoreCase, 'a comparison that ignores case')
      if (isListParameter(members)) return node
      return MembershipNode.create(path, this.#values(path, members), node)
    },
    pattern: node => this.#pattern(node),
    'null-test': node => node,
    'boolean-test': node => {
      const { kind } = this.#property(node.path)
      if (kind === 'boolean' || kind === 'other') return node
      throw this.#misfit(node.path, `'is ${String(node.expected)}'`, 'true or false')
    },
    between: node =>
      BetweenNode.create(node.path, this.#value(node.path, node.low), this.#value(node.path, node.high), node),
    exists: node => this.#exists(node),
  }

  /** The paths inside begin at an element. */
  #exists(node: ExistsNode): Predicate {
    if (node.predicate === undefined) return node
    const elements = this.#properties.elements(node.path)
    if (elements === undefined) throw new TypeError(`unchecked path of a collection '${node.path}'`)
    const inside = new Coercion(elements, this.#dialect, this.#label)
    return ExistsNode.create(node.path, inside.visit(node.predicate), node)
  }

  #pattern(node: PatternNode): Predicate {
    // A collection contains an element, by its key.
    if (this.#properties.isCollection(node.path)) return node
    this.#requireText(node.path, true, `'${PATTERN_WORDS[node.operator]}'`)
    const value = this.#value(node.path, node.value)
    if (node.operator === 'like' && endsWithEscape(value)) throw this.#wrongValue(node.path, PATTERN)
    return node
  }

  #requireText(path: string, needed: boolean, what: string): void {
    if (!needed) return
    const { kind } = this.#property(path)
    if (kind !== 'text' && kind !== 'other') throw this.#misfit(path, what, 'text')
  }

  #value(path: string, operand: Operand): Operand {
    return this.#values(path, [operand])[0] ?? operand
  }

  #values(path: string, operands: readonly Operand[]): readonly Operand[] {
    const { kind, column } = this.#property(path)
    const rule = VALUE_RULES[kind]
    const typed = column.referencedColumn ?? column
    return operands.map(given => {
      if (isPlaceholder(given)) return given
      const operand = keyOf(given, column)
      const read = operand && rule.read(operand, typed)
      if (read === undefined) throw this.#wrongValue(path, rule.expected(typed))
      return read
    })
  }

  #property(path: string): { readonly column: ColumnMetadata; readonly kind: ColumnKind } {
    const column = this.#properties.column(path)
    if (column === undefined) throw new TypeError(`unchecked property path '${path}'`)
    return { column, kind: columnKind(column, this.#dialect) }
  }

  /** The value stays untold: it may be a secret, and it came from outside. */
  #wrongValue(path: string, expected: string): QueryValueError {
    return this.#error(path, expected, {
      what: `'${path}' of ${this.#properties.owner} takes ${expected}, and is compared with something else.`,
      where: this.#label,
      next: 'Correct the value, or leave the condition out.',
    })
  }

  #misfit(path: string, what: string, expected: string): QueryValueError {
    return this.#error(path, expected, {
      what: `'${path}' of ${this.#properties.owner} does not hold ${expected}, which ${what} needs.`,
      where: this.#label,
      next: 'Use another condition for this property, or leave it out.',
    })
  }

  #error(property: string, expected: string, text: ErrorText): QueryValueError {
    return new QueryValueError(text, { property, expected })
  }
}

/** A relation may be compared with the related entity: its key is what the column holds. */
function keyOf(operand: HeldOperand, { referencedColumn }: ColumnMetadata): HeldOperand | undefined {
  if (referencedColumn === undefined || !ValueNode.is(operand)) return operand
  const { value } = operand
  if (typeof value !== 'object' || value instanceof Date) return operand
  const key: unknown = referencedColumn.getEntityValue(value)
  return key === undefined || key === null ? undefined : valueOperand(key)
}

/** PostgreSQL refuses such a pattern. */
function endsWithEscape(operand: Operand): boolean {
  const [backslashes = ''] = operand.kind === 'literal' ? (/\\*$/.exec(String(operand.value)) ?? []) : []
  return backslashes.length % 2 === 1
}

const PATTERN = 'a pattern that does not end in a lone backslash'
