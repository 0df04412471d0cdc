import { BetweenNode } from '../ast/between-node'
import { BooleanTestNode } from '../ast/boolean-test-node'
import { ComparisonNode, type ComparisonOperator } from '../ast/comparison-node'
import { ExistsNode } from '../ast/exists-node'
import { MembershipNode } from '../ast/membership-node'
import { NullTestNode } from '../ast/null-test-node'
import type { Placeholder } from '../ast/operand'
import { PatternNode, type PatternOperator } from '../ast/pattern-node'
import type { Condition } from '../ast/predicate'
import type { PropertyType } from './property-catalogue'

/** What an operator of a method name takes, and the condition it makes. */
export interface NameOperator {
  /** How many arguments it takes. */
  readonly arity: 0 | 1 | 2
  /** The types it fits; `undefined`: all. */
  readonly types?: readonly PropertyType[]
  /** Whether it asks collections: not at all unless it says so. */
  readonly collections?: 'only' | 'also'
  /** Whether IgnoreCase may follow. */
  readonly foldsCase: boolean
  readonly create: (path: string, args: NameArguments, ignoreCase: boolean) => Condition
}

/** The placeholders of an operator, as many as its arity says. */
export type NameArguments = (index: 0 | 1) => Placeholder

/** An operator as it is written in a name. */
export interface NameKeyword {
  readonly keyword: string
  readonly operator: NameOperator
}

function compare(operator: ComparisonOperator): NameOperator {
  return {
    arity: 1,
    foldsCase: true,
    create: (path, args, ignoreCase) => ComparisonNode.create(operator, path, args(0), { ignoreCase }),
  }
}

function pattern(operator: PatternOperator, negated = false): NameOperator {
  return {
    arity: 1,
    types: ['string'],
    // A collection contains its elements.
    ...(operator === 'contains' && { collections: 'also' }),
    foldsCase: true,
    create: (path, args, ignoreCase) => PatternNode.create(operator, path, args(0), { negated, ignoreCase }),
  }
}

function membership(negated: boolean): NameOperator {
  return {
    arity: 1,
    foldsCase: true,
    create: (path, args, ignoreCase) => MembershipNode.create(path, args(0), { negated, ignoreCase }),
  }
}

function between(negated: boolean): NameOperator {
  return {
    arity: 2,
    foldsCase: false,
    create: (path, args) => BetweenNode.create(path, args(0), args(1), { negated }),
  }
}

function nullTest(negated: boolean): NameOperator {
  return { arity: 0, foldsCase: false, create: path => NullTestNode.create(path, { negated }) }
}

function booleanTest(expected: boolean): NameOperator {
  return { arity: 0, types: ['boolean'], foldsCase: false, create: path => BooleanTestNode.create(path, expected) }
}

function emptiness(negated: boolean): NameOperator {
  return {
    arity: 0,
    collections: 'only',
    foldsCase: false,
    create: path => ExistsNode.create(path, undefined, { negated: !negated }),
  }
}

/** The operator of a property without a keyword. */
export const EQUALS: NameOperator = compare('eq')

const OPERATORS: readonly (readonly [operator: NameOperator, ...keywords: string[]])[] = [
  [EQUALS, 'Is', 'Equals', 'IsEqual'],
  [compare('ne'), 'Not', 'IsNot'],
  [compare('lt'), 'LessThan', 'IsLessThan', 'Before', 'IsBefore'],
  [compare('lte'), 'LessThanEqual', 'IsLessThanEqual', 'LessThanEquals'],
  [compare('gt'), 'GreaterThan', 'IsGreaterThan', 'After', 'IsAfter'],
  [compare('gte'), 'GreaterThanEqual', 'IsGreaterThanEqual', 'GreaterThanEquals'],
  [between(false), 'Between', 'IsBetween'],
  [between(true), 'NotBetween', 'IsNotBetween'],
  [nullTest(false), 'Null', 'IsNull'],
  [nullTest(true), 'NotNull', 'IsNotNull'],
  [booleanTest(true), 'True', 'IsTrue'],
  [booleanTest(false), 'False', 'IsFalse'],
  [pattern('like'), 'Like', 'IsLike'],
  [pattern('like', true), 'NotLike', 'IsNotLike'],
  [pattern('startsWith'), 'StartingWith', 'IsStartingWith', 'StartsWith'],
  [pattern('startsWith', true), 'NotStartingWith', 'IsNotStartingWith', 'NotStartsWith'],
  [pattern('endsWith'), 'EndingWith', 'IsEndingWith', 'EndsWith'],
  [pattern('endsWith', true), 'NotEndingWith', 'IsNotEndingWith', 'NotEndsWith'],
  [pattern('contains'), 'Containing', 'IsContaining', 'Contains'],
  [pattern('contains', true), 'NotContaining', 'IsNotContaining', 'NotContains'],
  [membership(false), 'In', 'IsIn'],
  [membership(true), 'NotIn', 'IsNotIn'],
  [emptiness(false), 'Empty', 'IsEmpty'],
  [emptiness(true), 'NotEmpty', 'IsNotEmpty'],
]

/** Longer ones first: `NameIsNot` is `Name` + `IsNot` before it is `NameIs` + `Not`. */
export const NAME_KEYWORDS: readonly NameKeyword[] = OPERATORS.flatMap(([operator, ...keywords]) =>
  keywords.map(keyword => ({ keyword, operator })),
).sort((left, right) => right.keyword.length - left.keyword.length)

/** Keywords that Spring Data reads and that have no meaning here; they get a message of their own. */
export const UNSUPPORTED_KEYWORDS: readonly string[] = [
  'MatchesRegex',
  'Matches',
  'IsNear',
  'IsWithin',
  'Exists',
  'Within',
  'Regex',
  'Near',
]
