import type { ServerHolder } from './global-setup'
import { dropSpareDatabases, POSTGRES_FAILURE, POSTGRES_URL } from './postgres'
import { stopServer } from './postgres-server'

/** Stops the server that the setup started, if it did; somebody else's is left as it was found. */
export default async function globalTeardown(): Promise<void> {
  const holder = globalThis as ServerHolder
  if (holder.ambitTestServer === undefined) {
    if (!process.env[POSTGRES_FAILURE]) await dropSpareDatabases()
    return
  }
  await stopServer(holder.ambitTestServer)
  holder.ambitTestServer = undefined
  // In watch mode the next run starts its own again.
  delete process.env[POSTGRES_URL]
}
