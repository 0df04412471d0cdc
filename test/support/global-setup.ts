import type { ChildProcess } from 'node:child_process'
import { POSTGRES_FAILURE, POSTGRES_URL, dropStaleDatabases } from './postgres'
import { startServer } from './postgres-server'

/** Where the setup leaves the server for the teardown: jest loads the two into one process, but not into one module graph. */
export interface ServerHolder {
  ambitTestServer?: ChildProcess | undefined
}

/**
 * Gives the test processes a PostgreSQL: the server that `AMBIT_TEST_POSTGRES_URL` names, else one of our own for this run.
 *
 * Where neither works, the run goes on and every test that asks for a database fails with the reason: the others still
 * tell something.
 */
export default async function globalSetup(): Promise<void> {
  try {
    if (!process.env[POSTGRES_URL]) {
      const { url, child } = await startServer()
      process.env[POSTGRES_URL] = url
      const holder = globalThis as ServerHolder
      holder.ambitTestServer = child
    }
    await dropStaleDatabases()
  } catch (error) {
    process.env[POSTGRES_FAILURE] = error instanceof Error ? error.message : String(error)
    console.error(`\nNo PostgreSQL for the tests: ${process.env[POSTGRES_FAILURE]}`)
  }
}
