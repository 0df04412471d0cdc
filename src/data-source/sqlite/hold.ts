import type { Connection } from './connection'
import type { Prompt } from './prompt'

/** A connection in somebody's hands: leased from the pool, or on loan from a suspended transaction. */
export interface Hold {
  readonly connection: Connection
  /** Gives the connection back, outside any transaction; where its state is in doubt, it is repaired or destroyed first. */
  give(): Prompt<void>
}
