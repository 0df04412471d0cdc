import { isListParameter } from './membership-node'
import { isPlaceholder, type Operand, type Placeholder } from './operand'
import { visitPredicate, type Condition, type Predicate, type PredicateVisitor, withPath } from './predicate'

/** What a parameter stands for: a value to compare with, a whole list, or the text of a pattern. */
export type ParameterRole = 'value' | 'list' | 'pattern'

/** One occurrence of a parameter. */
export interface ParameterUse {
  readonly parameter: Placeholder
  readonly role: ParameterRole
  /** The condition it occurs in. */
  readonly condition: Condition
}

/**
 * All conditions in the order of the text; those on an element of a collection have the whole path. Walks with its own stack,
 * so that depth is no matter.
 */
export function conditionsOf(predicate: Predicate): readonly Condition[] {
  const found: Condition[] = []
  const open: { readonly node: Predicate; readonly base: string }[] = [{ node: predicate, base: '' }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { base } = next
    const { condition, children, below = '' } = visitPredicate(next.node, PARTS)
    if (condition) found.push(base === '' ? condition : withPath(condition, base + condition.path))
    for (const node of children.toReversed()) open.push({ node, base: base + below })
  }
  return found
}

/** The distinct properties that a predicate reads, in the order of the text. */
export function propertyPathsOf(predicate: Predicate): readonly string[] {
  return [...new Set(conditionsOf(predicate).map(condition => condition.path))]
}

/** Every occurrence of a parameter, in the order of the text. */
export function parametersOf(predicate: Predicate): readonly ParameterUse[] {
  return conditionsOf(predicate).flatMap(parameterUses)
}

/** The distinct names of the named parameters, in the order of the text. */
export function parameterNamesOf(predicate: Predicate): readonly string[] {
  const names = parametersOf(predicate).flatMap(({ parameter }) =>
    parameter.kind === 'parameter' ? [parameter.name] : [],
  )
  return [...new Set(names)]
}

/** What a condition compares its property with. */
export function operandsOf(condition: Condition): readonly Operand[] {
  return visitPredicate(condition, PARTS).operands
}

function parameterUses(condition: Condition): readonly ParameterUse[] {
  const { operands, role } = visitPredicate(condition, PARTS)
  return operands.filter(isPlaceholder).map(parameter => Object.freeze({ parameter, role, condition }))
}

interface Parts {
  readonly children: readonly Predicate[]
  /** Where the paths of the children begin. */
  readonly below?: string
  readonly condition?: Condition
  readonly operands: readonly Operand[]
  readonly role: ParameterRole
}

function connective(children: readonly Predicate[]): Parts {
  return { children, operands: [], role: 'value' }
}

function leaf(condition: Condition, operands: readonly Operand[], role: ParameterRole = 'value'): Parts {
  return { children: [], condition, operands, role }
}

const PARTS: PredicateVisitor<Parts> = {
  and: node => connective(node.operands),
  or: node => connective(node.operands),
  not: node => connective([node.operand]),
  comparison: node => leaf(node, [node.value]),
  membership: node => (isListParameter(node.members) ? leaf(node, [node.members], 'list') : leaf(node, node.members)),
  pattern: node => leaf(node, [node.value], 'pattern'),
  'null-test': node => leaf(node, []),
  'boolean-test': node => leaf(node, []),
  between: node => leaf(node, [node.low, node.high]),
  exists: node => ({ ...leaf(node, []), children: node.predicate ? [node.predicate] : [], below: `${node.path}.` }),
}
