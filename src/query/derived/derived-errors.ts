import { DerivedNameError, UnknownPropertyError } from '../errors'
import { nearMisses } from '../../core/near-misses'
import type { PropertyCatalogue } from './property-catalogue'

/** Whose name is being read, for messages. */
export interface NameOwner {
  readonly methodName: string
  /** The method with its class, where it is known. */
  readonly label: string
}

/** A rule of derived names is broken. */
export function nameError({ methodName, label }: NameOwner, what: string, next: string): DerivedNameError {
  return new DerivedNameError('AMBIT_QUERY_DERIVED_NAME', { what, where: label, next }, methodName)
}

/** An operator does not fit the type of its property. */
export function operatorError({ methodName, label }: NameOwner, what: string, next: string): DerivedNameError {
  return new DerivedNameError('AMBIT_QUERY_OPERATOR_TYPE', { what, where: label, next }, methodName)
}

/** A part of a name is no property; `hint` is added to the advice. */
export function unknownProperty(
  owner: NameOwner,
  catalogue: PropertyCatalogue,
  text: string,
  hint = '',
): UnknownPropertyError {
  const property = decapitalised(text)
  const suggestions = suggest(catalogue, text)
  const entity = catalogue.entityName
  return new UnknownPropertyError(
    {
      what: `'${property}' is no property of ${entity}.`,
      where: owner.label,
      next: `${advice(suggestions, catalogue.propertyNames(''))}${hint}`,
    },
    { entity, property, suggestions },
  )
}

function advice(suggestions: readonly string[], names: readonly string[]): string {
  const quoted = suggestions.map(name => `'${name}'`).join(' or ')
  return quoted === '' ? `Use one of: ${listed(names)}.` : `Did you mean ${quoted}?`
}

function listed(names: readonly string[]): string {
  return names.length > SHOWN ? `${names.slice(0, SHOWN).join(', ')}, …` : names.join(', ')
}

/** Similar names on the entity itself, then below every property that the text begins with. */
function suggest(catalogue: PropertyCatalogue, text: string): readonly string[] {
  const own = nearMisses(text, catalogue.propertyNames(''))
  const nested = catalogue
    .propertyNames('')
    .filter(name => decapitalised(text).startsWith(name))
    .flatMap(name =>
      nearMisses(text.slice(name.length).replace(/^_/, ''), catalogue.propertyNames(name)).map(
        below => `${name}.${below}`,
      ),
    )
  return [...own, ...nested].slice(0, 3)
}

function decapitalised(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`
}

const SHOWN = 12
