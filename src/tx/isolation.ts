/** Isolation levels in TypeORM's spelling, weakest first. */
export const ISOLATION_LEVELS = ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const

/** How much a transaction sees of those beside it; an isolation level in TypeORM's spelling. */
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number]

/** Whether `running` gives at least what `wanted` asks for. */
export function satisfiesIsolation(running: IsolationLevel, wanted: IsolationLevel): boolean {
  return ISOLATION_LEVELS.indexOf(running) >= ISOLATION_LEVELS.indexOf(wanted)
}

/** What a new transaction runs at. A repository's own boundary is content with more than it asks for. */
export function runningIsolation(
  { implicit, isolation }: { readonly implicit: boolean; readonly isolation: IsolationLevel | undefined },
  usual: IsolationLevel,
): IsolationLevel {
  if (isolation === undefined) return usual
  return implicit && satisfiesIsolation(usual, isolation) ? usual : isolation
}
