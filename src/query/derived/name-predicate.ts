import { nameError, operatorError, unknownProperty, type NameOwner } from './derived-errors'
import { keywordPlaces } from './name-keyword'
import { UNSUPPORTED_KEYWORDS } from './name-operators'
import { propertyTextOf, readPart, withoutSuffix, type NamePart } from './name-part'
import { TYPE_NAMES } from './property-catalogue'
import type { PropertyResolver } from './property-resolver'

/**
 * Reads what stands between `By` and `OrderBy`: conditions joined by `And` and `Or`, where `And` binds tighter. Answers the
 * alternatives, each a list of conditions.
 *
 * @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`
 * @throws DerivedNameError `AMBIT_QUERY_DERIVED_NAME`, `AMBIT_QUERY_OPERATOR_TYPE`
 */
export function readAlternatives(
  owner: NameOwner,
  resolver: PropertyResolver,
  text: string,
): readonly (readonly NamePart[])[] {
  const { rest, found: allIgnoreCase } = withoutAllIgnoreCase(text)
  const pieces = splitAtJoiners(rest)
  const alternatives: NamePart[][] = [[]]
  for (let index = 0; index < pieces.length;) {
    const { part, pieces: taken } = longestPart(owner, resolver, pieces.slice(index, index + MAX_JOINED))
    if (pieces[index]?.joiner === 'Or') alternatives.push([])
    alternatives.at(-1)?.push(checked(owner, resolver, allIgnoreCase ? folded(part) : part))
    index += taken
  }
  return alternatives
}

/** A piece of the text, and the joiner before it. */
interface Piece {
  readonly joiner: '' | 'And' | 'Or'
  readonly text: string
}

function splitAtJoiners(text: string): readonly Piece[] {
  const cuts = (['And', 'Or'] as const)
    .flatMap(joiner => keywordPlaces(text, joiner).map(at => ({ joiner, at })))
    .sort((left, right) => left.at - right.at)
  return [{ joiner: '' as const, at: 0 }, ...cuts].map(({ joiner, at }, index) => ({
    joiner,
    text: text.slice(at + joiner.length, cuts[index]?.at ?? text.length),
  }))
}

/** The longest run of pieces that is one condition: a property may be called `salesAndMarketing`. */
function longestPart(owner: NameOwner, resolver: PropertyResolver, pieces: readonly Piece[]) {
  for (let count = pieces.length; count > 0; count--) {
    const part = readPart(resolver, joined(pieces.slice(0, count)))
    if (part) return { part, pieces: count }
  }
  throw unreadable(owner, resolver, pieces[0]?.text ?? '')
}

function joined(pieces: readonly Piece[]): string {
  return pieces.map(({ joiner, text }, index) => (index === 0 ? text : joiner + text)).join('')
}

function unreadable(owner: NameOwner, resolver: PropertyResolver, text: string) {
  if (text === '')
    return nameError(owner, 'A condition is missing beside And or Or.', 'Name a property on both sides of And and Or.')
  const property = withoutSuffix(text, UNSUPPORTED_KEYWORDS)
  if (property !== undefined && resolver.resolve(property))
    return nameError(
      owner,
      `'${text.slice(property.length)}' is no operator of derived names here.`,
      'Write the query as a where expression or as sql.',
    )
  return unknownProperty(owner, resolver.catalogue, propertyTextOf(text))
}

function checked(owner: NameOwner, resolver: PropertyResolver, part: NamePart): NamePart {
  const { property, operator, keyword, ignoreCase } = part
  const { type, collection = false } = property.info
  const place = `'${property.path}' of ${resolver.catalogue.entityName}`
  if (collection || operator.collections === 'only') return ofCollection(owner, part, place)
  if (type !== undefined && operator.types && !operator.types.includes(type))
    throw operatorError(
      owner,
      `'${keyword}' needs ${operator.types.map(each => TYPE_NAMES[each]).join(' or ')}; ${place} holds ${TYPE_NAMES[type]}.`,
      CHOOSE,
    )
  if (ignoreCase) requireFoldable(owner, part, place)
  return part
}

function requireFoldable(owner: NameOwner, { property, operator, keyword }: NamePart, place: string): void {
  const { type = 'string' } = property.info
  if (type !== 'string')
    throw operatorError(
      owner,
      `IgnoreCase needs a string; ${place} holds ${TYPE_NAMES[type]}.`,
      'Leave IgnoreCase out.',
    )
  if (!operator.foldsCase)
    throw operatorError(owner, `IgnoreCase has no meaning after '${keyword}'.`, 'Leave IgnoreCase out.')
}

function ofCollection(owner: NameOwner, part: NamePart, place: string): NamePart {
  const { property, operator, keyword, ignoreCase } = part
  if (property.info.collection !== true)
    throw operatorError(owner, `'${keyword}' needs a collection; ${place} is none.`, CHOOSE)
  if (ignoreCase)
    throw operatorError(owner, `IgnoreCase needs a string; ${place} is a collection.`, 'Leave IgnoreCase out.')
  if (operator.collections !== undefined) return part
  throw operatorError(
    owner,
    `${keyword === '' ? 'A comparison' : `'${keyword}'`} needs one value; ${place} is a collection.`,
    'Use Containing, Empty or NotEmpty, or name a property of its elements.',
  )
}

/** `AllIgnoreCase` concerns strings, and skips the rest. */
function folded(part: NamePart): NamePart {
  const applies = part.operator.foldsCase && part.property.info.type === 'string'
  return applies ? { ...part, ignoreCase: true } : part
}

function withoutAllIgnoreCase(text: string): { readonly rest: string; readonly found: boolean } {
  const rest = text.replace(/AllIgnor(?:e|ing)Case(?![a-z])/g, '')
  return { rest, found: rest !== text }
}

/** More joiners than this are in no property's name. */
const MAX_JOINED = 4
const CHOOSE = "Choose an operator that fits the property's type."
