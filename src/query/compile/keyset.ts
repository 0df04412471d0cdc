import type { OrderKey } from './order-key'

/** The place of a row in an order: which of its keys are missing, and what stands for the others. */
export interface KeysetPlace {
  readonly isNull: readonly boolean[]
  /** The bound value of a key. */
  readonly value: (at: number) => string
}

/**
 * The condition for the rows that come behind a place in a total order.
 *
 * Keys that are never missing and go in one direction are compared as a row, which an index serves as one range; all others
 * key by key, with the place of missing values in mind.
 *
 * @example
 * behind([name, id], place)      // (entity.name, entity.id) > (:k0, :k1)
 * behind([age desc, id], place)  // (entity.age <= :k0 AND (entity.age < :k0 OR (entity.age = :k0 AND entity.id > :k1)))
 */
export function behind(keys: readonly OrderKey[], place: KeysetPlace): string {
  const [first] = keys
  if (first === undefined) return NEVER
  if (keys.every(({ nulls, direction }) => nulls === undefined && direction === first.direction)) {
    return `${row(keys.map(({ text }) => text))} ${BEHIND[first.direction]} ${row(keys.map((_, at) => place.value(at)))}`
  }
  const chain = chained(keys, 0, place)
  // What the chain implies, said in a form that an index serves.
  return first.nulls === undefined
    ? `(${first.text} ${BEHIND[first.direction]}= ${place.value(0)} AND ${chain})`
    : chain
}

/** Behind in this key, or level in it and behind in those that follow. */
function chained(keys: readonly OrderKey[], at: number, place: KeysetPlace): string {
  const key = keys[at]
  if (key === undefined) return NEVER
  const ahead = behindIn(key, at, place)
  if (at === keys.length - 1) return ahead ?? NEVER
  const level = `(${levelIn(key, at, place)} AND ${chained(keys, at + 1, place)})`
  return ahead === undefined ? level : `(${ahead} OR ${level})`
}

/** `undefined` where nothing can come behind in this key. */
function behindIn(
  { text, direction, nulls }: OrderKey,
  at: number,
  { isNull, value }: KeysetPlace,
): string | undefined {
  if (isNull[at] === true) return nulls === 'FIRST' ? `${text} IS NOT NULL` : undefined
  const further = `${text} ${BEHIND[direction]} ${value(at)}`
  return nulls === 'LAST' ? `(${further} OR ${text} IS NULL)` : further
}

function levelIn({ text }: OrderKey, at: number, { isNull, value }: KeysetPlace): string {
  return isNull[at] === true ? `${text} IS NULL` : `${text} = ${value(at)}`
}

function row(parts: readonly string[]): string {
  return parts.length === 1 ? parts.join() : `(${parts.join(', ')})`
}

const BEHIND = { ASC: '>', DESC: '<' } as const
const NEVER = '1 = 0'
