/** Sets components for one token apart: a string, or a symbol that is exported once and so cannot be misspelt. */
export type Qualifier = string | symbol

export function isQualifier(value: unknown): value is Qualifier {
  return typeof value === 'symbol' || (typeof value === 'string' && value.trim() !== '')
}

/** One qualifier, or several of which each must fit. */
export type Qualifiers = Qualifier | readonly Qualifier[]

/** As a list; `undefined` where one of them is no qualifier. */
export function qualifierList(given: unknown): readonly Qualifier[] | undefined {
  const list: readonly unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given]
  return list.every(isQualifier) ? [...new Set(list)] : undefined
}

/** `'fast'`, `Symbol(fast)`: as messages show it. */
export function shownQualifier(qualifier: Qualifier): string {
  return typeof qualifier === 'symbol' ? qualifier.toString() : `'${qualifier}'`
}

/** `the qualifier 'fast'`, `the qualifiers 'fast' and 'eu'`. */
export function shownQualifiers(qualifiers: readonly Qualifier[]): string {
  return `the qualifier${qualifiers.length > 1 ? 's' : ''} ${qualifiers.map(shownQualifier).join(' and ')}`
}
