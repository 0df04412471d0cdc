import type { QueryRunner } from 'typeorm'

/**
 * Makes the one runner that TypeORM's SQLite drivers share, where somebody got hold of it before the data source was
 * adopted, go through a runner of ours. Returns the way back.
 */
export function redirect(early: QueryRunner, leased: QueryRunner): () => void {
  const target = leased as unknown as Record<string, (...args: unknown[]) => unknown>
  for (const name of REDIRECTED) {
    define(early, name, { value: (...args: unknown[]) => target[name]?.(...args), writable: true })
  }
  define(early, 'isTransactionActive', { get: () => leased.isTransactionActive, set: () => undefined })
  Object.assign(leased, { broadcaster: early.broadcaster, manager: early.manager })
  return () => {
    for (const name of REDIRECTED) Reflect.deleteProperty(early, name)
    define(early, 'isTransactionActive', { value: false, writable: true })
  }
}

function define(target: object, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(target, name, { configurable: true, enumerable: true, ...descriptor })
}

const REDIRECTED = [
  'query',
  'connect',
  'startTransaction',
  'commitTransaction',
  'rollbackTransaction',
  'beforeMigration',
  'afterMigration',
  'clearDatabase',
  'release',
  'loadPragmaRecords',
] as const
