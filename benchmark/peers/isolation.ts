import type { Readings } from '../measured'
import { newUsername } from '../user'

/** Who writes and reads while others do. */
export interface Actor {
  /** Runs something in a transaction, which is rolled back when it throws. */
  transaction(work: (insert: (username: string) => Promise<unknown>) => Promise<void>): Promise<void>
  /** Reads outside any transaction. */
  exists(username: string): Promise<boolean>
}

/**
 * Callers at the same time: each writes a row in a transaction, which somebody outside looks for before it ends, and again
 * behind its end. Every second one rolls back. What should not have been seen is a dirty read, what should have been
 * seen is a lost write.
 */
export async function tryIsolation(actor: Actor, callers: number, peer: string): Promise<Readings> {
  const looks = await Promise.all(
    Array.from({ length: callers }, (_, index) => look(actor, newUsername(peer), index % 2 === 0)),
  )
  const count = (is: (look: Look) => boolean): number => looks.filter(is).length
  return {
    attempts: callers,
    errors: count(({ failed }) => failed),
    dirtyReads: count(({ during }) => during) + count(({ after, commits }) => after && !commits),
    lostWrites: count(({ after, commits, failed }) => !after && commits && !failed),
  }
}

/** What was seen of one row. */
interface Look {
  readonly commits: boolean
  readonly failed: boolean
  readonly during: boolean
  readonly after: boolean
}

async function look(actor: Actor, username: string, commits: boolean): Promise<Look> {
  let written = (): void => undefined
  // Continues in the context in which it was made: outside.
  const during = new Promise<void>(resolve => {
    written = resolve
  }).then(() => actor.exists(username))
  let seen = false
  const failed = await failing(
    actor.transaction(async insert => {
      await insert(username)
      written()
      seen = await during
      if (!commits) throw new Undone()
    }),
  )
  return { commits, failed, during: seen, after: await actor.exists(username) }
}

class Undone extends Error {}

async function failing(transaction: Promise<void>): Promise<boolean> {
  try {
    await transaction
    return false
  } catch (error) {
    return !(error instanceof Undone)
  }
}
