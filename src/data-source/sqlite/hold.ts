import type { Connection } from './connection'
import { attempted, type Flow, type Prompt } from '../../core/prompt'

/** A connection in somebody's hands: leased from the pool, or on loan from a suspended transaction. */
export interface Hold {
  readonly connection: Connection
  /** Gives the connection back, outside any transaction; where its state is in doubt, it is repaired or destroyed first. */
  give(): Prompt<void>
}

/** Gives a connection back; the writer takes writes again, whatever its holder was allowed. */
export function* givenBack(hold: Hold): Flow<void> {
  const { connection } = hold
  if (connection.role === 'writer' && !(yield* attempted(() => connection.setQueryOnly(false)))) {
    connection.doubtful = true
  }
  yield hold.give()
}
