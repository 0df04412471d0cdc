import { Batch, type BatchContents, type BatchOutcome } from './batch'
import type { StatementSession } from './leg'
import { type PgWireClient, problemOfClient } from './pg-client'

/** One way of sending fixed statements over pg's client. */
export interface Sender {
  readonly tier: 'wire' | 'plain'
  /** Whether it takes several statements, and a command behind them; otherwise one statement at a time. */
  readonly batches: boolean
  /** Why it cannot serve a client; `undefined` where it can, as far as looking at the client tells. */
  problemOf(client: object): string | undefined
  /** `done` is called once, from the driver's own code, and must not throw: what went wrong is part of the outcome. */
  send(
    client: PgWireClient,
    session: StatementSession,
    contents: BatchContents,
    done: (outcome: BatchOutcome) => void,
  ): void
}

/** Batches of our own messages, through the door that pg-cursor uses. */
export const batchSender: Sender = {
  tier: 'wire',
  batches: true,
  problemOf: problemOfBatches,
  send: (client, session, contents, done) => {
    client.query(new Batch(session, contents, done))
  },
}

function problemOfBatches(client: object): string | undefined {
  const problem = problemOfClient(client)
  if (problem !== undefined) return problem
  const { pipeline, binary } = client as PgWireClient
  if (pipeline === true) return "pg's option pipeline refuses query objects that are not its own"
  if (binary === true) return "pg's option binary is on"
  return undefined
}
