import type { CommitOutcome } from '../../tx/transactional-resource'
import type { PgClient } from './inner-runner'

/** Sends COMMIT; answers the server's word for what it has done. By a callback, because pg makes two promises for one. */
export function sendCommit(client: PgClient): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    client.query('COMMIT', (error, result) => {
      if (error) reject(error)
      else resolve(result?.command)
    })
  })
}

/** An aborted transaction answers COMMIT with ROLLBACK. */
export function outcomeOf(tag: string | undefined): CommitOutcome {
  return tag === 'COMMIT' ? { kind: 'committed' } : { kind: 'rolled-back', cause: undefined }
}
