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
import type { SqlDialect } from './sql-dialect'
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
  { metadata, dialect }: Pick<CompileTarget, 'metadata' | 'dialect'>,
  predicate: Predicate,
  label: string,
  options: CoercionOptions = {},
): Predicate {
  return new Coercion({ properties: propertiesOf(metadata), dialect, label, options }).visit(predicate)
}

/** The same for a predicate over names that are no properties. */
export function coerceNamed(
  names: NamedColumns,
  { dialect }: Pick<CompileTarget, 'dialect'>,
  predicate: Predicate,
  label: string,
): Predicate {
  const properties = { ...names, keys: [], isCollection: () => false, elements: () => undefined }
  return new Coercion({ properties, dialect, label, options: {} }).visit(predicate)
}

/** What stands for the names of a predicate. */
export interface NamedColumns {
  /** Whose names they are, for messages. */
  readonly owner: string
  /** `undefined` for a name that it does not have. */
  column(name: string): ColumnMetadata | undefined
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
export function requireSortable(
  { metadata, dialect }: Pick<CompileTarget, 'metadata' | 'dialect'>,
  order: readonly OrderTerm[],
  label: string,
): void {
  const coercion = new Coercion({ properties: propertiesOf(metadata), dialect, label, options: {} })
  for (const { path, ignoreCase } of order) coercion.sort(path, ignoreCase)
}

/** The properties of an entity, or of the elements of a collection. */
interface Properties extends NamedColumns {
  /** The columns of its primary key. */
  readonly keys: readonly ColumnMetadata[]
  isCollection(path: string): boolean
  elements(path: string): Properties | undefined
}

function propertiesOf(metadata: EntityMetadata): Properties {
  return {
    owner: metadata.name,
    keys: metadata.primaryColumns,
    column: path => resolveProperty(metadata, path)?.column,
    isCollection: path => isCollection(metadata, path),
    elements: path => {
      const elements = elementsOf(metadata, path)
      return elements && propertiesOf(elements)
    },
  }
}

interface Coerced {
  readonly properties: Properties
  readonly dialect: SqlDialect
  readonly label: string
  readonly options: CoercionOptions
}

class Coercion {
  readonly #of: Coerced

  constructor(of: Coerced) {
    this.#of = of
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
      if (this.#of.options.numbersAreTruths && NUMBER_KINDS.has(kind)) return node
      throw this.#misfit(node.path, `'is ${String(node.expected)}'`, 'true or false')
    },
    between: node =>
      BetweenNode.create(node.path, this.#value(node.path, node.low), this.#value(node.path, node.high), node),
    exists: node => this.#exists(node),
  }

  /** The paths inside begin at an element. */
  #exists(node: ExistsNode): Predicate {
    if (node.predicate === undefined) return node
    const properties = this.#of.properties.elements(node.path)
    if (properties === undefined) throw new TypeError(`unchecked path of a collection '${node.path}'`)
    const inside = new Coercion({ ...this.#of, properties })
    return ExistsNode.create(node.path, inside.visit(node.predicate), node)
  }

  #pattern(node: PatternNode): Predicate {
    if (this.#of.properties.isCollection(node.path)) return this.#member(node)
    this.#requireText(node.path, true, `'${PATTERN_WORDS[node.operator]}'`)
    const value = this.#value(node.path, node.value)
    if (node.operator === 'like' && endsWithEscape(value)) throw this.#wrongValue(node.path, PATTERN)
    return node
  }

  /** A collection contains an element, by its key. Entities, and keys of several columns, are read where they are bound. */
  #member(node: PatternNode): Predicate {
    const { path, value } = node
    const [key, another] = this.#of.properties.elements(path)?.keys ?? []
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
    const column = this.#of.properties.column(path)
    if (column === undefined) throw new TypeError(`unchecked property path '${path}'`)
    return this.#kinded(column)
  }

  #kinded(column: ColumnMetadata): KindedColumn {
    return { column, kind: columnKind(column, this.#of.dialect) }
  }

  /** The value stays untold: it may be a secret, and it came from outside. */
  #wrongValue(path: string, expected: string): QueryValueError {
    return this.#error(path, expected, {
      what: `'${path}' of ${this.#of.properties.owner} takes ${expected}, and is compared with something else.`,
      where: this.#of.label,
      next: 'Correct the value, or leave the condition out.',
    })
  }

  #misfit(path: string, what: string, expected: string): QueryValueError {
    return this.#error(path, expected, {
      what: `'${path}' of ${this.#of.properties.owner} does not hold ${expected}, which ${what} needs.`,
      where: this.#of.label,
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
