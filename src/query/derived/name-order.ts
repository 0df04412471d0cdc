import { OrderTerm, type OrderDirection } from '../ast/order-term'
import { nameError, unknownProperty, type NameOwner } from './derived-errors'
import { keywordPlaces } from './name-keyword'
import type { PropertyResolver } from './property-resolver'

/** A name cut at its `OrderBy`. */
export interface OrderedName {
  readonly predicate: string
  /** The text after `OrderBy`, `undefined` where the name has none. */
  readonly order: string | undefined
}

/** @throws DerivedNameError `AMBIT_QUERY_DERIVED_NAME` for a second `OrderBy` */
export function splitAtOrderBy(owner: NameOwner, text: string): OrderedName {
  const [at, second] = keywordPlaces(text, ORDER_BY)
  if (second !== undefined)
    throw nameError(owner, 'OrderBy may stand only once.', 'Join the keys: OrderByNameAscAgeDesc.')
  if (at === undefined) return { predicate: text, order: undefined }
  return { predicate: text.slice(0, at), order: text.slice(at + ORDER_BY.length) }
}

/**
 * Reads the keys after `OrderBy`: properties with `Asc` or `Desc`; the last key may go without, and ascends.
 *
 * @throws DerivedNameError `AMBIT_QUERY_DERIVED_NAME` for a direction without a property
 * @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`
 */
export function readOrder(owner: NameOwner, resolver: PropertyResolver, text: string): readonly OrderTerm[] {
  const terms: OrderTerm[] = []
  let rest = text
  do {
    const key = lastKey(resolver, rest) ?? firstKey(resolver, rest)
    if (!key) throw unreadable(owner, resolver, rest)
    terms.push(key.term)
    rest = key.rest
  } while (rest !== '')
  return Object.freeze(terms)
}

interface OrderKey {
  readonly term: OrderTerm
  readonly rest: string
}

/** The whole text as a property: one that is called `itemDesc` wins over the direction. */
function lastKey(resolver: PropertyResolver, text: string): OrderKey | undefined {
  const found = resolver.resolve(text)
  return found && { term: OrderTerm.create(found.path), rest: '' }
}

/** The longest text before a direction that is a property: `itemDesc` also wins over `item` where a direction follows. */
function firstKey(resolver: PropertyResolver, text: string): OrderKey | undefined {
  for (const { at, word } of directionsIn(text).toReversed()) {
    const found = resolver.resolve(text.slice(0, at))
    if (found) return { term: OrderTerm.create(found.path, DIRECTIONS[word]), rest: text.slice(at + word.length) }
  }
  return undefined
}

function directionsIn(text: string): readonly { at: number; word: DirectionWord }[] {
  return (['Asc', 'Desc'] as const)
    .flatMap(word => keywordPlaces(text, word).map(at => ({ at, word })))
    .sort((left, right) => left.at - right.at)
}

function unreadable(owner: NameOwner, resolver: PropertyResolver, text: string) {
  const [direction] = directionsIn(text)
  if (text === '') return nameError(owner, 'OrderBy names no property.', 'Add a property: OrderByName.')
  if (direction?.at === 0)
    return nameError(owner, `The direction '${direction.word}' has no property.`, 'Write the property first: NameDesc.')
  const property = direction ? text.slice(0, direction.at) : text
  return unknownProperty(owner, resolver.catalogue, property, ' Every key but the last needs Asc or Desc.')
}

type DirectionWord = 'Asc' | 'Desc'

const ORDER_BY = 'OrderBy'
const DIRECTIONS: Readonly<Record<DirectionWord, OrderDirection>> = { Asc: 'ASC', Desc: 'DESC' }
