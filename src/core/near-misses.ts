/**
 * The candidates that a misspelt word may have meant, nearest first, at most three.
 *
 * Counts insertions, deletions, substitutions and swaps of neighbours (optimal string alignment), without regard to case;
 * a word inside a candidate counts as one edit. Allows one edit per three letters, and four at most.
 */
export function nearMisses(word: string, candidates: readonly string[]): readonly string[] {
  const lower = word.slice(0, MAX_LENGTH).toLowerCase()
  const allowed = Math.min(4, Math.max(1, Math.floor(lower.length / 3)))
  return [...new Set(candidates)]
    .map(name => ({ name, distance: likeness(lower, name.slice(0, MAX_LENGTH).toLowerCase(), allowed) }))
    .filter(each => each.distance <= allowed)
    .sort((left, right) => left.distance - right.distance || (left.name < right.name ? -1 : 1))
    .slice(0, 3)
    .map(each => each.name)
}

/** The beginning of a next step that knows what was meant, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const found = nearMisses(word, candidates).map(name => `'${name}'`)
  return found.length === 0 ? '' : `${oneOfThese(found)} `
}

/** The question whether one of those that were found is meant; nothing where none was. */
export function oneOfThese(found: readonly string[]): string {
  return found.length === 0 ? '' : `Did you mean ${found.join(' or ')}?`
}

/** Exact up to `allowed`: words whose lengths differ by more need no closer look. */
function likeness(word: string, candidate: string, allowed: number): number {
  const contained = word.length >= 4 && candidate.includes(word)
  if (contained) return Math.min(1, candidate.length - word.length)
  const apart = Math.abs(candidate.length - word.length)
  return apart > allowed ? apart : distance(word, candidate)
}

function distance(from: string, to: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const next = nextRow(from, to, { row, last, beforeLast })
    beforeLast = last
    last = next
  }
  return last[to.length] ?? 0
}

interface Rows {
  readonly row: number
  readonly last: readonly number[]
  readonly beforeLast: readonly number[]
}

function nextRow(from: string, to: string, { row, last, beforeLast }: Rows): readonly number[] {
  const next = [row]
  for (let column = 1; column <= to.length; column++) {
    const same = from[row - 1] === to[column - 1]
    const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
    next.push(
      Math.min(
        at(last, column) + 1,
        at(next, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      ),
    )
  }
  return next
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}

const MAX_LENGTH = 64
