import type { EntityMetadata } from 'typeorm'
import type { Aggregation } from '../aggregation'
import { conditionsOf, parametersOf } from '../ast/conditions'
import { type LiftedPredicate, liftValues } from '../ast/lift-values'
import type { Predicate } from '../ast/predicate'
import { comparedAs } from '../compile/aggregate-builder'
import { coerceNamed } from '../compile/coerce-predicate'
import { parseWhere } from '../parser/parse-where'
import { checkAggregation, type CheckedColumn, invalid, requireColumn } from './aggregate-columns'
import type { QueryContext } from './query-context'

/**
 * Which groups of an aggregation come: over the names of its values and groups, and with values that fit them. The values are
 * lifted apart from those of the rows' own conditions.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_AGGREGATE`, QueryValueError `AMBIT_QUERY_VALUE`
 */
export function checkHaving(
  context: QueryContext,
  metadata: EntityMetadata,
  aggregation: Aggregation<never>,
  label: string,
): Partial<LiftedPredicate> {
  const predicate = havingOf(aggregation, label)
  if (predicate === undefined) return {}
  const columns = checkAggregation(metadata, aggregation, label)
  requireConditions(columns, predicate, label)
  const column = (name: string): ReturnType<typeof comparedAs> | undefined => {
    const found = columns.find(each => each.name === name)
    return found && comparedAs(metadata, found)
  }
  return liftValues(coerceNamed({ owner: 'the aggregation', column }, context, predicate, label), 'h')
}

function havingOf({ having }: Aggregation<never>, label: string): Predicate | undefined {
  if (having === undefined) return undefined
  if (typeof having === 'string')
    return parseWhere(having, { label: `${label} (having)`, placeholders: 'none', orderBy: false }).predicate
  // Whatever else it is, it may have been meant as a restriction.
  if (typeof having === 'object' && (having as object | null) !== null && 'predicate' in having) return having.predicate
  throw invalid(label, 'has a having that is no expression and no specification', "Write having: 'n > 1'.")
}

/** A group has no elements, and nobody could give a parameter its value. */
function requireConditions(columns: readonly CheckedColumn[], predicate: Predicate, label: string): void {
  for (const { kind, path } of conditionsOf(predicate)) {
    requireColumn(columns, path, label)
    if (kind === 'exists') throw invalid(label, `asks '${path}' for elements`, `Compare it, or test it with 'is null'.`)
  }
  if (parametersOf(predicate).length > 0)
    throw invalid(label, 'has a parameter in having', 'Put the value itself into the condition.')
}
