import { isIdentifier } from './identifier'
import { invalidNode } from './invalid-node'

/** The properties on the way of a path: `'team.name'` has two. */
export function pathSegments(path: string): readonly string[] {
  return path.split('.')
}

/**
 * Refuses what cannot be a path of properties: an empty part, or a back-tick.
 *
 * @throws InvalidQueryNodeError `AMBIT_QUERY_INVALID_NODE`
 */
export function assertPropertyPath(path: string): string {
  // Types end where plain JavaScript begins.
  const given: unknown = path
  if (typeof given === 'string' && isIdentifier(given)) return given
  if (typeof given !== 'string' || pathSegments(given).some(segment => segment === '' || segment.includes('`')))
    throw invalidNode(
      `${typeof given === 'string' ? JSON.stringify(given) : 'What is no text'} is no path of properties.`,
      "Write names with dots between them, as in 'team.name'.",
    )
  return path
}

/** A path as text of the query language: in back-ticks where it is no plain name or a word of the language. */
export function printPath(path: string): string {
  const segments = pathSegments(path)
  const only = segments.length === 1
  return segments.map(segment => (isPlain(segment, only) ? segment : `\`${segment}\``)).join('.')
}

/** Whether a word means something else where a property could stand. */
export function isReserved(word: string): boolean {
  return word.length <= LONGEST_RESERVED && RESERVED.test(word)
}

function isPlain(segment: string, only: boolean): boolean {
  return isIdentifier(segment) && !(only && isReserved(segment))
}

const LONGEST_RESERVED = 5
const RESERVED = /^(?:and|or|not|true|false|null)$/i
