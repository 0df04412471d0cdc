import { conditionsOf, parametersOf } from '../ast/conditions'
import { PATTERN_WORDS } from '../ast/pattern-node'
import type { Condition, Predicate } from '../ast/predicate'
import { isCollection, propertyCatalogue } from '../compile/entity-properties'
import type { EntitySelection } from '../compile/entity-builder'
import { type PropertyType, TYPE_NAMES } from '../derived/property-catalogue'
import { QueryDeclarationError, QueryParameterError } from '../errors'

/**
 * Every operator of an expression must fit the type of its property, as those of derived names must. Types that are not known
 * to hold something else are let through.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_OPERATOR`
 */
export function requireOperators({ metadata, predicate }: EntitySelection, label: string): void {
  if (predicate === undefined) return
  const catalogue = propertyCatalogue(metadata)
  for (const condition of conditionsOf(predicate)) {
    // What collections take is looked at where they are compiled.
    if (isCollection(metadata, condition.path)) continue
    const need = needOf(condition)
    const type = catalogue.resolve(condition.path)?.type
    if (need === undefined || type === undefined || need.types.includes(type)) continue
    throw new QueryDeclarationError('AMBIT_QUERY_OPERATOR', {
      what: `${need.operator} needs ${need.types.map(each => TYPE_NAMES[each]).join(' or ')}; '${condition.path}' of ${metadata.name} holds ${TYPE_NAMES[type]}.`,
      where: label,
      next: `Use an operator that fits ${TYPE_NAMES[type]}.`,
    })
  }
}

/**
 * A parameter cannot be a list here and a single value there.
 *
 * @throws QueryParameterError `AMBIT_QUERY_PARAMETER_LIST`
 */
export function requireOneRole(predicate: Predicate, label: string): void {
  const roles = new Map<string, boolean>()
  for (const { parameter, role } of parametersOf(predicate)) {
    if (parameter.kind !== 'parameter') continue
    const isList = role === 'list'
    if (roles.get(parameter.name) === !isList) throw bothRoles(parameter.name, label)
    roles.set(parameter.name, isList)
  }
}

interface Need {
  readonly operator: string
  readonly types: readonly PropertyType[]
}

function needOf(condition: Condition): Need | undefined {
  if (condition.kind === 'pattern') return { operator: `'${PATTERN_WORDS[condition.operator]}'`, types: ['string'] }
  // Databases without a boolean type keep 0 and 1.
  if (condition.kind === 'boolean-test')
    return { operator: `'is ${String(condition.expected)}'`, types: ['boolean', 'number'] }
  const folds = (condition.kind === 'comparison' || condition.kind === 'membership') && condition.ignoreCase
  return folds ? { operator: "'ignore case'", types: ['string'] } : undefined
}

function bothRoles(name: string, label: string): QueryParameterError {
  return new QueryParameterError(
    'AMBIT_QUERY_PARAMETER_LIST',
    {
      what: `:${name} of ${label} stands for a list in one place and for a single value in another.`,
      where: label,
      next: 'Give the list and the value names of their own.',
    },
    [name],
  )
}
