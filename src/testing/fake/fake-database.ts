/** An answer of the fake database; `code` is what PostgreSQL would send. */
export class FakeDatabaseError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

/** The code of an error, looked for through what wraps it. */
export function fakeCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < MAX_CAUSES; at = at.cause, depth += 1)
    if (at instanceof FakeDatabaseError) return at.code
  return undefined
}

const MAX_CAUSES = 8

/** What an injected failure does: an error answer, COMMIT answered with ROLLBACK, a dead connection, or a broken resource. */
export type Failure = 'error' | 'answers-rollback' | 'lost' | 'throws'

export interface InjectedFailure {
  readonly failure: Failure
  readonly error: Error
}

/** The rows that a statement stores: `insert a b` stores two. */
export function insertedBy(text: string): string[] {
  const [verb, ...rows] = text.split(' ')
  return verb === 'insert' ? rows : []
}
