import { parametersOf } from '../ast/conditions'
import type { Placeholder } from '../ast/operand'
import type { Predicate } from '../ast/predicate'
import { type CallValues, operandValue } from '../compile/values'
import { QueryParameterError } from '../errors'

/** The parameters of a predicate that stand for a whole list. */
export function listParameters(predicate: Predicate | undefined): readonly Placeholder[] {
  if (predicate === undefined) return []
  return parametersOf(predicate).flatMap(({ parameter, role }) => (role === 'list' ? [parameter] : []))
}

/**
 * What is no list would match nothing, or everything with `not in`.
 *
 * @throws QueryParameterError `AMBIT_QUERY_PARAMETER_MISSING`
 */
export function requireLists(label: string, lists: readonly Placeholder[], values: CallValues): void {
  const wrong = lists.filter(parameter => !Array.isArray(operandValue(parameter, values))).map(nameOf)
  if (wrong.length === 0) return
  const text = {
    what: `${label} was called without a list for ${wrong.join(', ')}.`,
    where: label,
    next: 'Pass an array; an empty one contains nothing.',
  }
  throw new QueryParameterError('AMBIT_QUERY_PARAMETER_MISSING', text, wrong)
}

function nameOf(parameter: Placeholder): string {
  return parameter.kind === 'parameter' ? parameter.name : `argument ${parameter.index + 1}`
}
