import type { Hold } from './hold'
import type { Prompt } from '../../core/prompt'
import type { SqlitePool } from './pool'
import type { WaitRequest, WorkKind } from './waiting-line'

/** Someone who wants the writer. */
export interface WriterRequest extends WaitRequest {
  readonly kind: WorkKind
  readonly readOnly: boolean
}

/** A suspended transaction, as those inside it see it. */
export interface Lender {
  /** The transaction suspended by this one in turn. */
  readonly outer: Lender | undefined
  /** Whether it holds the writer, or is about to. */
  readonly engaged: boolean
  /** Why it would not lend the writer now. */
  refusalFor(request: WriterRequest): Error | undefined
  /** Lends the writer; `undefined` when it turns out not to have it. */
  lend(request: WriterRequest): Promise<Hold | undefined>
}

/**
 * The writer, for work that runs inside `outer`: from the nearest transaction around it that has the writer, for waiting
 * in the queue behind it would be waiting for ourselves; else from the pool.
 */
export function takeWriter(pool: SqlitePool, request: WriterRequest, outer: Lender | undefined): Prompt<Hold> {
  const lender = nearestLender(outer)
  return lender === undefined ? pool.takeWriter(request) : borrowWriter(pool, request, lender, outer)
}

async function borrowWriter(
  pool: SqlitePool,
  request: WriterRequest,
  lender: Lender,
  outer: Lender | undefined,
): Promise<Hold> {
  return (await lender.lend(request)) ?? takeWriter(pool, request, outer)
}

/** The nearest transaction, from `outer` outwards, that has the writer. */
export function nearestLender(outer: Lender | undefined): Lender | undefined {
  for (let at = outer; at; at = at.outer) {
    if (at.engaged) return at
  }
  return undefined
}
