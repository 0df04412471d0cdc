import { parseWhere } from '../../src/query/parser/parse-where'

/** As somebody types it: 49 characters. */
export const SHORT = "published = true and (age > 18 or name like 'a%')"

/** As a program writes it: twenty groups. */
export const LONG = Array.from(
  { length: 20 },
  (_, group) => `(age >= ${group} and name <> 'name ${group}' or not state = 'x')`,
).join(' or ')

/** Reads a filter into the tree that Ambit makes of it. */
export type Reader = (text: string) => unknown

export const ambitReader: Reader = text => parseWhere(text).predicate

/** What a parser calls as it finds the parts of a filter. */
export interface Nodes {
  readonly and: (operands: readonly unknown[]) => unknown
  readonly or: (operands: readonly unknown[]) => unknown
  readonly not: (operand: unknown) => unknown
  readonly comparison: (path: string, sign: string, value: unknown) => unknown
  readonly like: (path: string, value: string) => unknown
}

/** Makes the nodes of a tree, in the shape of Ambit's: what the generated parsers are to make, too. */
export const NODES: Nodes = {
  and: (operands: readonly unknown[]) => grouped('and', operands),
  or: (operands: readonly unknown[]) => grouped('or', operands),
  not: (operand: unknown) => ({ kind: 'not', operand }),
  comparison: (path: string, sign: string, value: unknown) => ({
    kind: 'comparison',
    operator: OPERATORS[sign],
    path,
    value: literal(value),
    ignoreCase: false,
  }),
  like: (path: string, value: string) => ({
    kind: 'pattern',
    operator: 'like',
    path,
    value: literal(value),
    negated: false,
    ignoreCase: false,
  }),
}

function grouped(kind: 'and' | 'or', operands: readonly unknown[]): unknown {
  if (operands.length === 1) return operands[0]
  // Ambit takes groups of the same kind in.
  const isSame = (operand: unknown): operand is Group => (operand as Group).kind === kind
  return { kind, operands: operands.flatMap(operand => (isSame(operand) ? operand.operands : [operand])) }
}

interface Group {
  readonly kind: string
  readonly operands: readonly unknown[]
}

function literal(value: unknown): unknown {
  return { kind: 'literal', value }
}

const OPERATORS: Readonly<Record<string, string>> = {
  '=': 'eq',
  '<>': 'ne',
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
}
