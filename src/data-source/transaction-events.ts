import type { DataSource, EntitySubscriberInterface } from 'typeorm'
import type { Prompt } from '../core/prompt'
import type { OpenRequest } from '../tx/transactional-resource'

/**
 * Fires TypeORM's transaction events once per physical transaction that sent anything: `beforeTransactionCommit` as a
 * beforeCommit hook (SQL allowed), the others after the end. `beforeTransactionRollback` comes when the rollback is
 * done, because nothing may reach a failed transaction any more.
 */
export function fireTransactionEvents(dataSource: DataSource, request: OpenRequest, begun: () => boolean): void {
  const { subscribers } = dataSource
  if (subscribers.length === 0) return
  const fire = async (...events: readonly EndEvent[]): Promise<void> => {
    if (!begun()) return
    const runner = dataSource.createQueryRunner()
    try {
      for (const event of events) await runner.broadcaster.broadcast(event)
    } finally {
      await runner.release()
    }
  }
  const listens = (name: keyof (typeof subscribers)[number]): boolean =>
    subscribers.some(subscriber => subscriber[name] !== undefined)
  const fireLast = (): void => request.addHook('beforeCommit', () => fire('BeforeTransactionCommit'))
  // Behind the hooks of the method: they may send statements, and then they come before this.
  if (listens('beforeTransactionCommit')) request.addHook('beforeCommit', fireLast)
  if (listens('afterTransactionCommit')) request.addHook('afterCommit', () => fire('AfterTransactionCommit'))
  if (listens('beforeTransactionRollback') || listens('afterTransactionRollback')) {
    request.addHook('afterRollback', () => fire('BeforeTransactionRollback', 'AfterTransactionRollback'))
  }
}

/** Whether nobody could tell a single select from one between BEGIN and COMMIT: neither a listener nor the database. */
export function goesWithoutBegin(dataSource: DataSource, request: OpenRequest): boolean {
  const { single } = request
  if (
    (single !== 'select' && single !== 'lone-select') ||
    request.isolation !== undefined ||
    request.remainingMs() !== undefined
  )
    return false
  return !hearsOfTransactions(dataSource)
}

/** Whether a subscriber is told of a transaction's begin. */
export function hearsOfBegin({ subscribers }: DataSource): boolean {
  return subscribers.some(subscriber => 'beforeTransactionStart' in subscriber || 'afterTransactionStart' in subscriber)
}

/** Fires TypeORM's events around BEGIN, inside the transaction that begins. */
export function toldOfBegin(dataSource: DataSource, request: OpenRequest, begin: () => Prompt<unknown>): Promise<void> {
  const told = (): Promise<void> => broadcastAround(dataSource, begin)
  return request.within?.(told) ?? told()
}

async function broadcastAround(dataSource: DataSource, begin: () => Prompt<unknown>): Promise<void> {
  const runner = dataSource.createQueryRunner()
  try {
    await runner.broadcaster.broadcast('BeforeTransactionStart')
    await begin()
    await runner.broadcaster.broadcast('AfterTransactionStart')
  } finally {
    await runner.release()
  }
}

/** Whether a subscriber is told of a transaction's begin or end. Asked each time: components may become subscribers. */
export function hearsOfTransactions({ subscribers }: DataSource): boolean {
  if (subscribers.length === 0) return false
  return subscribers.some(subscriber => TRANSACTION_EVENTS.some(name => name in subscriber))
}

const TRANSACTION_EVENTS = [
  'beforeTransactionStart',
  'afterTransactionStart',
  'beforeTransactionCommit',
  'afterTransactionCommit',
  'beforeTransactionRollback',
  'afterTransactionRollback',
] as const satisfies readonly (keyof EntitySubscriberInterface)[]

type EndEvent =
  'BeforeTransactionCommit' | 'AfterTransactionCommit' | 'BeforeTransactionRollback' | 'AfterTransactionRollback'
