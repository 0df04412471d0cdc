import type { LiteralValue } from '../../../src/query/ast/literal-node'
import type { Operand } from '../../../src/query/ast/operand'
import { isCondition, type Predicate, withPath } from '../../../src/query/ast/predicate'

/** A row as SQL sees it, and the rows in its collections; null is no value. */
export type Row = Readonly<Record<string, LiteralValue | null | readonly object[]>>

/** True, false, or unknown. */
export type Truth = true | false | undefined

/**
 * What SQL says of a predicate for one row: a model of its own, which knows nothing of the compiler. Takes literals only, of
 * one type per property.
 */
export function evaluate(node: Predicate, row: Row): Truth {
  if (isCondition(node)) {
    // The first collection on the way: some element of it satisfies the rest.
    const [collection, ...rest] = node.path.split('.')
    const further = rest.length > 0 ? withPath(node, rest.join('.')) : undefined
    if (further) return elementsOf(row, collection).some(element => evaluate(further, element) === true)
  }
  switch (node.kind) {
    case 'and':
      return allOf(node.operands.map(each => evaluate(each, row)))
    case 'or':
      return not(allOf(node.operands.map(each => not(evaluate(each, row)))))
    case 'not':
      return not(evaluate(node.operand, row))
    case 'null-test':
      return (valueOf(row, node.path) === null) !== node.negated
    case 'boolean-test':
      return (valueOf(row, node.path) === node.expected) !== node.negated
    case 'comparison':
      return compare(
        node.operator,
        folded(valueOf(row, node.path), node.ignoreCase),
        literalOf(node.value, node.ignoreCase),
      )
    case 'between': {
      const value = valueOf(row, node.path)
      const inside = allOf([compare('gte', value, literalOf(node.low)), compare('lte', value, literalOf(node.high))])
      return node.negated ? not(inside) : inside
    }
    case 'membership': {
      const value = folded(valueOf(row, node.path), node.ignoreCase)
      const members = node.members as readonly Operand[]
      const equal = members.map(member => compare('eq', value, literalOf(member, node.ignoreCase)))
      const found = not(allOf(equal.map(not)))
      return node.negated ? not(found) : found
    }
    case 'pattern': {
      const value = folded(valueOf(row, node.path), node.ignoreCase)
      if (value === null) return undefined
      const found = MATCH[node.operator](String(value), String(literalOf(node.value, node.ignoreCase)))
      return found !== node.negated
    }
    case 'exists': {
      const { predicate } = node
      const elements = elementsOf(row, node.path)
      const found = predicate ? elements.some(each => evaluate(predicate, each) === true) : elements.length > 0
      return found !== node.negated
    }
  }
}

function valueOf(row: Row, path: string): LiteralValue | null {
  const value = row[path] ?? null
  if (value === null || typeof value !== 'object') return value
  throw new TypeError(`'${path}' is a collection`)
}

function elementsOf(row: Row, path = ''): readonly Row[] {
  const value = row[path]
  if (typeof value === 'object' && value !== null) return value as readonly Row[]
  throw new TypeError(`'${path}' is no collection`)
}

function literalOf(operand: Operand, ignoreCase = false): LiteralValue {
  if (operand.kind !== 'literal') throw new TypeError('the model takes literals')
  return folded(operand.value, ignoreCase) as LiteralValue
}

function folded(value: LiteralValue | null, ignoreCase: boolean): LiteralValue | null {
  return ignoreCase && typeof value === 'string' ? value.toLowerCase() : value
}

function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth
}

function allOf(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false
  return truths.includes(undefined) ? undefined : true
}

function compare(operator: keyof typeof COMPARE, left: LiteralValue | null, right: LiteralValue): Truth {
  return left === null ? undefined : COMPARE[operator](left, right)
}

const COMPARE = {
  eq: (left: LiteralValue, right: LiteralValue) => left === right,
  ne: (left: LiteralValue, right: LiteralValue) => left !== right,
  lt: (left: LiteralValue, right: LiteralValue) => left < right,
  lte: (left: LiteralValue, right: LiteralValue) => left <= right,
  gt: (left: LiteralValue, right: LiteralValue) => left > right,
  gte: (left: LiteralValue, right: LiteralValue) => left >= right,
}

const MATCH = {
  contains: (text: string, part: string) => text.includes(part),
  startsWith: (text: string, part: string) => text.startsWith(part),
  endsWith: (text: string, part: string) => text.endsWith(part),
  /** Of the wildcards the tests use `%` only. */
  like: (text: string, pattern: string) => {
    const parts = pattern.split('%').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${parts.join('[^]*')}$`).test(text)
  },
}
