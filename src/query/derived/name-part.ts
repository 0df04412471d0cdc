import { EQUALS, NAME_KEYWORDS, type NameOperator } from './name-operators'
import type { PropertyResolver, ResolvedProperty } from './property-resolver'

/** A property with its operator: one condition of a name. */
export interface NamePart {
  readonly property: ResolvedProperty
  readonly operator: NameOperator
  /** As it is written, empty for the plain comparison. */
  readonly keyword: string
  readonly ignoreCase: boolean
}

/** Reads a part of a name as a condition; a property that is called like a keyword wins. `undefined`: no such property. */
export function readPart(resolver: PropertyResolver, text: string): NamePart | undefined {
  return readOperator(resolver, text, false) ?? readIgnoringCase(resolver, text)
}

/** The text that stands for the property in a part that could not be read, for messages. */
export function propertyTextOf(text: string): string {
  const folded = withoutSuffix(text, IGNORE_CASE) ?? text
  const keyword = NAME_KEYWORDS.find(each => folded.endsWith(each.keyword) && folded.length > each.keyword.length)
  return keyword ? folded.slice(0, -keyword.keyword.length) : folded
}

/** The text before the first of the suffixes that it ends with. */
export function withoutSuffix(text: string, suffixes: readonly string[]): string | undefined {
  const suffix = suffixes.find(each => text.endsWith(each))
  return suffix === undefined ? undefined : text.slice(0, -suffix.length)
}

function readOperator(resolver: PropertyResolver, text: string, ignoreCase: boolean): NamePart | undefined {
  const whole = resolver.resolve(text)
  if (whole) return { property: whole, operator: EQUALS, keyword: '', ignoreCase }
  for (const { keyword, operator } of NAME_KEYWORDS) {
    const property = text.endsWith(keyword) ? resolver.resolve(text.slice(0, -keyword.length)) : undefined
    if (property) return { property, operator, keyword, ignoreCase }
  }
  return undefined
}

function readIgnoringCase(resolver: PropertyResolver, text: string): NamePart | undefined {
  const rest = withoutSuffix(text, IGNORE_CASE)
  return rest === undefined ? undefined : readOperator(resolver, rest, true)
}

const IGNORE_CASE: readonly string[] = ['IgnoreCase', 'IgnoringCase']
