import { isDeepStrictEqual } from 'node:util'
import { isReadings, type Readings } from '../measured'
import { ambitReader, LONG, SHORT } from '../filters/texts'
import { BATCHES, itemsOf, PAGE_SIZE, PARTS_EACH, partRows } from '../item'
import { CALLERS, MANY, type User, USERS } from '../user'
import type { Proof } from './workload'

const [USER] = USERS

export const JOINED: Proof = { answers: result => result === 1, commands: [], transaction: 'optional' }

export const UNTOUCHED: Proof = { answers: result => result === undefined, commands: [], transaction: 'optional' }

export const READ: Proof = { answers: isUser, commands: ['SELECT 1'], transaction: 'optional' }

export const THREE_READ: Proof = {
  answers: result => isDeepStrictEqual(plain(result), USERS),
  commands: ['SELECT 1', 'SELECT 1', 'SELECT 1'],
  transaction: 'required',
}

export const SERIALIZABLE: Proof = {
  answers: result => isDeepStrictEqual(plain(result), [USER, 'serializable']),
  commands: ['SELECT 1', 'SELECT 1'],
  transaction: 'required',
  besides: 'SET',
}

export const TWO_READ_APART: Proof = {
  answers: result => isDeepStrictEqual(plain(result), [USER, USER]),
  commands: ['SELECT 1', 'BEGIN', 'SELECT 1', 'COMMIT'],
  transaction: 'required',
}

export const INSERTED: Proof = { answers: isInserted, commands: ['INSERT 0 1'], transaction: 'required' }

export const LISTED_100: Proof = {
  answers: result => isDeepStrictEqual(plain(result), itemsOf(BATCHES.small.batch)),
  commands: ['SELECT 100'],
  transaction: 'optional',
}

export const LISTED_1000: Proof = {
  answers: result => isDeepStrictEqual(plain(result), itemsOf(BATCHES.large.batch)),
  commands: ['SELECT 1000'],
  transaction: 'optional',
}

/** A page whose total cannot be known from its rows. */
export const PAGED: Proof = {
  answers: result => isDeepStrictEqual(plain(result), { rows: PAGE_OF_ITEMS, total: BATCHES.large.size }),
  commands: [`SELECT ${PAGE_SIZE}`, 'SELECT 1'],
  or: [['SELECT 1', `SELECT ${PAGE_SIZE}`], [`SELECT ${PAGE_SIZE}`]],
  transaction: 'optional',
}

/** Parents with their children, by two selects or by a join. */
export const FAMILIES: Proof = {
  answers: result => isDeepStrictEqual(plain(result), families()),
  commands: [`SELECT ${BATCHES.small.size}`, `SELECT ${BATCHES.small.size * PARTS_EACH}`],
  or: [
    [`SELECT ${BATCHES.small.size * PARTS_EACH}`],
    // TypeORM reads the keys of the children before the children.
    [`SELECT ${BATCHES.small.size}`, ...times(2, `SELECT ${BATCHES.small.size * PARTS_EACH}`)],
  ],
  transaction: 'optional',
}

/** However many statements: what counts is that all rows are there, with keys of their own. */
export const MANY_SAVED: Proof = {
  answers: areInserted,
  commands: [`INSERT 0 ${MANY}`],
  // An INSERT inside a WITH is told as the SELECT that answers its rows.
  or: [times(MANY, 'INSERT 0 1'), [`SELECT ${MANY}`]],
  transaction: 'optional',
}

export const SQLITE_LISTED_100: Proof = { ...LISTED_100, answers: areItems(BATCHES.small.batch), commands: ['SELECT'] }

export const SQLITE_LISTED_1000: Proof = {
  ...LISTED_1000,
  answers: areItems(BATCHES.large.batch),
  commands: ['SELECT'],
}

export const FILTER_SHORT: Proof = reads(SHORT)

export const FILTER_LONG: Proof = reads(LONG)

/** Every row once: how many there were, and the sum of their keys. What is left behind the last full portion is nothing. */
/** All rows of a table whose ids count from one, whole batches of them: the last portion that is asked for is empty. */
export function streamedAll(rows: number): Proof {
  return {
    answers: result => isDeepStrictEqual(result, { rows, sum: (rows * (rows + 1)) / 2 }),
    commands: ['SELECT 0'],
    transaction: 'optional',
  }
}

export const SQLITE_READ: Proof = { ...READ, commands: ['SELECT'] }

export const SQLITE_INSERTED: Proof = { ...INSERTED, commands: ['INSERT'] }

export const SQLITE_MANY_INSERTED: Proof = {
  answers: areInserted,
  commands: times(MANY, 'INSERT'),
  transaction: 'required',
}

/** Two transactions of each caller; of one caller also the third, which is refused and takes the other two with it. */
export const EXHAUSTED: Proof = {
  answers: result => isReading(result, { attempts: CALLERS, errors: 0, refusals: 1 }),
  commands: [
    ...times(2 * CALLERS, 'BEGIN', 'SELECT 1'),
    ...times(2 * (CALLERS - 1), 'COMMIT'),
    ...times(2, 'ROLLBACK'),
  ],
  transaction: 'optional',
  order: 'any',
}

/** Each caller writes in a transaction, is looked at from outside, ends it one way or the other, and is looked at again. */
export const TRIED_APART: Proof = {
  answers: result => isReading(result, { attempts: CALLERS, errors: 0 }),
  commands: [...times(CALLERS, 'BEGIN', 'INSERT', 'SELECT', 'SELECT'), ...times(CALLERS / 2, 'COMMIT', 'ROLLBACK')],
  transaction: 'optional',
  order: 'any',
}

function isUser(result: unknown): boolean {
  return isDeepStrictEqual(plain(result), USER)
}

function isInserted(result: unknown): boolean {
  const { id, username, active } = plain(result) as Record<string, unknown>
  return Number.isInteger(id) && typeof username === 'string' && active === true
}

function areInserted(result: unknown): boolean {
  return Array.isArray(result) && result.every(isInserted) && new Set(result.map(({ id }: User) => id)).size === MANY
}

function areItems(batch: number): (result: unknown) => boolean {
  return result => isDeepStrictEqual(plain(result), itemsOf(batch))
}

const PAGE_OF_ITEMS = itemsOf(BATCHES.large.batch).slice(0, PAGE_SIZE)

function families(): unknown {
  const parts = partRows()
  return itemsOf(BATCHES.small.batch).map(item => ({
    ...item,
    parts: parts.filter(({ itemId }) => itemId === item.id),
  }))
}

/** The very tree, whoever makes it. */
function reads(text: string): Proof {
  const tree = plain(ambitReader(text))
  return { answers: result => isDeepStrictEqual(plain(result), tree), commands: [], transaction: 'optional' }
}

function isReading(result: unknown, expected: Readings): boolean {
  return isReadings(result) && isDeepStrictEqual({ ...result, ...expected }, result)
}

/** The values of an entity, whatever its class, or of several, with what they hold. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}

function times(number: number, ...commands: readonly string[]): readonly string[] {
  return Array.from({ length: number }, () => commands).flat()
}
