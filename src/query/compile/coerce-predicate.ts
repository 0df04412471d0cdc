import { BetweenNode } from '../ast/between-node'
import { ComparisonNode } from '../ast/comparison-node'
import { AndNode } from '../ast/and-node'
import { ExistsNode } from '../ast/exists-node'
import { isListParameter, MembershipNode } from '../ast/membership-node'
import { NotNode } from '../ast/not-node'
import { isPlaceholder, type Operand } from '../ast/operand'
import { OrNode } from '../ast/or-node'
import type { OrderTerm } from '../ast/order-term'
import { PATTERN_WORDS, PatternNode } from '../ast/pattern-node'
import { type Predicate, type PredicateVisitor, visitPredicate } from '../ast/predicate'
import { LiteralNode } from '../ast/literal-node'
import { valueOperand } from '../ast/value-operand'
import { ValueNode } from '../ast/value-node'
import type { ErrorText } from '../../core/ambit-error'
import { QueryValueError } from '../errors'
import { type HeldOperand, VALUE_RULES } from './coerce-value'
import { type ColumnKind, columnKind, NUMBER_KINDS } from './column-kind'
import { elementsOf, isCollection, resolveProperty } from './entity-properties'
import type { ColumnMetadata } from './metadata-types'
import type { CompileTarget } from './predicate-compiler'
import { isEntity } from './values'

/**
 * The predicate with its values as their columns take them: the text of a date becomes a date, '18' a number. What a column
 * cannot take is refused here, where the property can be told, and not by the database.
 *
 * Its properties must have been checked.
 *
 * @throws QueryValueError `AMBIT_QUERY_VALUE`
 */
export function coercePredicate(
  target: CompileTarget,
  predicate: Predicate,
  label: string,
  options: CoercionOptions = {},
): Predicate {
  const coercion = new Coercion(target, label, options)
  return coercion.visit(predicate)
}

export interface CoercionOptions {
  /** Whether columns of numbers may be tested for true and false. Default false. */
  readonly numbersAreTruths?: boolean
}

/**
 * Refuses an order by what has none.
 *
 * @throws QueryValueError `AMBIT_QUERY_VALUE`
 */
export function requireSortable(target: CompileTarget, order: readonly OrderTerm[], label: string): void {
  const coercion = new Coercion(target, label)
  for (const { path, ignoreCase } of order) coercion.sort(path, ignoreCase)
}

class Coercion {
  readonly #target: CompileTarget
  readonly #label: string
  readonly #options: CoercionOptions

  constructor(target: CompileTarget, label: string, options: CoercionOptions = {}) {
    this.#target = target
    this.#label = label
    this.#options = options
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
      if (this.#options.numbersAreTruths && NUMBER_KINDS.has(kind)) return node
      throw this.#misfit(node.path, `'is ${String(node.expected)}'`, 'true or false')
    },
    between: node =>
      BetweenNode.create(node.path, this.#value(node.path, node.low), this.#value(node.path, node.high), node),
    exists: node => this.#exists(node),
  }

  /** The paths inside begin at an element. */
  #exists(node: ExistsNode): Predicate {
    if (node.predicate === undefined) return node
    const { metadata } = this.#target
    const elements = elementsOf(metadata, node.path)
    if (elements === undefined) throw new TypeError(`unchecked path of a collection '${node.path}'`)
    const inside = new Coercion({ ...this.#target, metadata: elements }, this.#label, this.#options)
    return ExistsNode.create(node.path, inside.visit(node.predicate), node)
  }

  #pattern(node: PatternNode): Predicate {
    if (isCollection(this.#target.metadata, node.path)) return this.#member(node)
    this.#requireText(node.path, true, `'${PATTERN_WORDS[node.operator]}'`)
    const value = this.#value(node.path, node.value)
    if (node.operator === 'like' && endsWithEscape(value)) throw this.#wrongValue(node.path, PATTERN)
    return node
  }

  /** A collection contains an element, by its key. Entities, and keys of several columns, are read where they are bound. */
  #member(node: PatternNode): Predicate {
    const { path, value } = node
    const [key, another] = elementsOf(this.#target.metadata, path)?.primaryColumns ?? []
    if (key === undefined || another || (ValueNode.is(value) && isEntity(value.value))) return node
    return PatternNode.create(node.operator, path, this.#read(path, value, this.#kinded(key)), node)
  }

  #requireText(path: string, needed: boolean, what: string): void {
    if (!needed) return
    const { kind } = this.#property(path)
    if (kind !== 'text' && kind !== 'other') throw this.#misfit(path, what, 'text')
  }

  #value(path: string, operand: Operand): Operand {
    return this.#read(path, operand, this.#property(path))
  }

  #values(path: string, operands: readonly Operand[]): readonly Operand[] {
    const property = this.#property(path)
    return operands.map(operand => this.#read(path, operand, property))
  }

  #read(path: string, given: Operand, { column, kind }: KindedColumn): Operand {
    if (isPlaceholder(given)) return given
    const rule = VALUE_RULES[kind]
    const typed = column.referencedColumn ?? column
    const key = keyOf(given, column)
    const operand = key && kind !== 'other' ? literalOf(key) : key
    const read = operand && rule.read(operand, typed)
    if (read === undefined) throw this.#wrongValue(path, rule.expected(typed))
    return read
  }

  #property(path: string): KindedColumn {
    const resolved = resolveProperty(this.#target.metadata, path)
    if (resolved === undefined) throw new TypeError(`unchecked property path '${path}'`)
    return this.#kinded(resolved.column)
  }

  #kinded(column: ColumnMetadata): KindedColumn {
    return { column, kind: columnKind(column, this.#target.dialect) }
  }

  /** The value stays untold: it may be a secret, and it came from outside. */
  #wrongValue(path: string, expected: string): QueryValueError {
    return this.#error(path, expected, {
      what: `'${path}' of ${this.#target.metadata.name} takes ${expected}, and is compared with something else.`,
      where: this.#label,
      next: 'Correct the value, or leave the condition out.',
    })
  }

  #misfit(path: string, what: string, expected: string): QueryValueError {
    return this.#error(path, expected, {
      what: `'${path}' of ${this.#target.metadata.name} does not hold ${expected}, which ${what} needs.`,
      where: this.#label,
      next: 'Use another condition for this property, or leave it out.',
    })
  }

  #error(property: string, expected: string, text: ErrorText): QueryValueError {
    return new QueryValueError(text, { property, expected })
  }
}

interface KindedColumn {
  readonly column: ColumnMetadata
  readonly kind: ColumnKind
}

/** A relation may be compared with the related entity: its key is what the column holds. */
function keyOf(operand: HeldOperand, { referencedColumn }: ColumnMetadata): HeldOperand | undefined {
  if (referencedColumn === undefined || !ValueNode.is(operand)) return operand
  const { value } = operand
  if (typeof value !== 'object' || value instanceof Date) return operand
  const key: unknown = referencedColumn.getEntityValue(value)
  return key === undefined || key === null ? undefined : valueOperand(key)
}

/** A number of the program, as if the language had read it. */
function literalOf(operand: HeldOperand): HeldOperand {
  if (!ValueNode.is(operand)) return operand
  const { value } = operand
  return typeof value === 'bigint' || Number.isSafeInteger(value) ? LiteralNode.create(value as number) : operand
}

/** PostgreSQL refuses such a pattern. */
function endsWithEscape(operand: Operand): boolean {
  const [backslashes = ''] = operand.kind === 'literal' ? (/\\*$/.exec(String(operand.value)) ?? []) : []
  return backslashes.length % 2 === 1
}

const PATTERN = 'a pattern that does not end in a lone backslash'
