import { didYouMean } from './near-misses'

/** What the value of an option may be. */
export interface OptionCheck {
  /** In words: `'true or false'`. */
  readonly expected: string
  accepts(value: unknown): boolean
}

export type OptionChecks = Readonly<Record<string, OptionCheck>>

/** Why options cannot be meant, as the end of a sentence, and what to do. */
export interface OptionRefusal {
  readonly problem: string
  readonly next: string
}

/** Looks for what is no object, no known key or no fitting value; `undefined` as a value is as good as absent. */
export function refuseOptions(options: unknown, checks: OptionChecks): OptionRefusal | undefined {
  const known = Object.keys(checks)
  const form = `Give { ${known.join(', ')} }.`
  if (typeof options !== 'object' || options === null) return { problem: 'was given no object', next: form }
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) return { problem: `has no option '${name}'`, next: `${didYouMean(name, known)}${form}` }
    if (value !== undefined && !check.accepts(value))
      return { problem: `takes ${check.expected} as '${name}'`, next: form }
  }
  return undefined
}

/** One of a closed set of words. */
export function oneOf(words: readonly string[]): OptionCheck {
  return {
    expected: words.map(word => `'${word}'`).join(' or '),
    accepts: value => (words as readonly unknown[]).includes(value),
  }
}

export const FLAG: OptionCheck = { expected: 'true or false', accepts: value => typeof value === 'boolean' }

export const A_FUNCTION: OptionCheck = { expected: 'a function', accepts: value => typeof value === 'function' }

export const AN_ARRAY: OptionCheck = { expected: 'an array', accepts: Array.isArray }
