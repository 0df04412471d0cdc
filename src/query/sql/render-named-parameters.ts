import type { SqlSegment } from './sql-segment'

/** How a driver takes parameters: `$1`, `$2` where a repeated name shares its number, or one `?` per use. */
export type PlaceholderStyle = 'numbered' | 'question'

/** SQL text for a driver, and the names whose values it takes, in order. */
export interface RenderedSql {
  readonly sql: string
  readonly names: readonly string[]
}

/**
 * Writes segments with a driver's placeholders. `before`: how many values of the statement come before those of this text.
 *
 * @example
 * const { segments } = scanNamedParameters('select :a + :a')
 * renderNamedParameters(segments, 'numbered')   // { sql: 'select $1 + $1', names: ['a'] }
 * renderNamedParameters(segments, 'question')   // { sql: 'select ? + ?', names: ['a', 'a'] }
 */
export function renderNamedParameters(
  segments: readonly SqlSegment[],
  style: PlaceholderStyle,
  before = 0,
): RenderedSql {
  const names: string[] = []
  const place = PLACES[style]
  const sql = segments
    .map(segment => (segment.kind === 'text' ? segment.sql : place(names, segment.name, before)))
    .join('')
  return Object.freeze({ sql, names: Object.freeze(names) })
}

/** Adds the name where it is needed, and answers the placeholder. */
const PLACES: Readonly<Record<PlaceholderStyle, (names: string[], name: string, before: number) => string>> = {
  numbered: (names, name, before) => {
    const known = names.indexOf(name)
    return `$${String(before + (known === -1 ? names.push(name) : known + 1))}`
  },
  question: (names, name) => {
    names.push(name)
    return '?'
  },
}
