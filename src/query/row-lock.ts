import { QueryDeclarationError } from './errors'

/** How strongly rows are locked: PostgreSQL's four row locks, weakest last. */
export const LOCK_MODES = ['update', 'no-key-update', 'share', 'key-share'] as const

/**
 * How strongly a query locks the rows it answers, until the transaction ends.
 *
 * `'update'` keeps every other writer and locker out; `'no-key-update'` is the same, except that rows may still be referred to
 * by new foreign keys; `'share'` lets others read with the same lock and keeps writers out; `'key-share'` only keeps the row's
 * key from being changed or deleted. In TypeORM's words: pessimistic_write, for_no_key_update, pessimistic_read, for_key_share.
 */
export type LockMode = (typeof LOCK_MODES)[number]

/** What is done about rows that another transaction has locked. */
export const ON_LOCKED = ['wait', 'nowait', 'skip'] as const

/** What a locking query does about a row that another transaction has locked: waits, fails at once, or leaves it out. */
export type OnLocked = (typeof ON_LOCKED)[number]

/** The options of a query, or of one call, that locks the rows it answers. */
export interface LockOptions {
  /** Locks the rows until the transaction ends; a read-write transaction must be active. */
  readonly lock?: LockMode
  /** What becomes of rows that another transaction has locked. Default `'wait'`. */
  readonly onLocked?: OnLocked
}

/** The lock of a query, checked. */
export interface RowLock {
  readonly mode: LockMode
  readonly onLocked: OnLocked
}

/**
 * The lock that options ask for; `undefined` for none.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`
 */
export function rowLockOf({ lock, onLocked }: LockOptions, where?: string): RowLock | undefined {
  if (lock !== undefined && !LOCK_MODES.includes(lock)) throw unknownValue('lock', lock, LOCK_MODES, where)
  if (onLocked !== undefined && !ON_LOCKED.includes(onLocked))
    throw unknownValue('onLocked', onLocked, ON_LOCKED, where)
  if (lock !== undefined) return Object.freeze({ mode: lock, onLocked: onLocked ?? 'wait' })
  if (onLocked === undefined) return undefined
  throw new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: 'onLocked is given without a lock.',
    where,
    next: "Say what is locked, as in lock: 'update', or take onLocked out.",
  })
}

function unknownValue(
  option: string,
  given: unknown,
  known: readonly string[],
  where: string | undefined,
): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `${option} cannot be ${JSON.stringify(given)}.`,
    where,
    next: `Use one of ${known.map(each => `'${each}'`).join(', ')}.`,
  })
}
