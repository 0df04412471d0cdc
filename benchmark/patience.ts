import { setTimeout } from 'node:timers/promises'

/** Milliseconds after which a work hangs: a pool whose every connection waits for another one waits for ever. */
export const PATIENCE_MS = 30_000

/** Fails as the work fails, and where it still runs when the patience is over. */
export async function inTime<R>(name: string, work: () => Promise<R>, patienceMs: number = PATIENCE_MS): Promise<R> {
  const timeout = new AbortController()
  const hung = setTimeout(patienceMs, undefined, { signal: timeout.signal }).then(() => {
    throw new Error(`'${name}' does not do the work it is timed for: it still waits after ${patienceMs} ms.`)
  })
  try {
    return await Promise.race([work(), hung])
  } finally {
    timeout.abort()
    await hung.catch(() => undefined)
  }
}
