import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from 'pg'

// The server outlives the process that asked for it by nothing, so each test asks from a process of its own.

const root = resolve(__dirname, '../..')
const RUN = ['-r', 'ts-node/register/transpile-only', '-e']
const START = `const { startServer, stopServer } = require('./test/support/postgres-server')`

describe('the server for the tests', () => {
  it('is stopped and gone when stopping it returns, which it always does', () => {
    const program = `${START}
      startServer().then(async ({ url, child }) => { await stopServer(child); console.log(child.exitCode) })`
    const { stdout, status } = spawnSync(process.execPath, [...RUN, program], { cwd: root, encoding: 'utf8' })
    expect({ stdout, status }).toEqual({ stdout: '0\n', status: 0 })
  })

  it.each(['SIGINT', 'SIGKILL'] as const)('goes away with the process that started it, also by %s', async signal => {
    const program = `${START}
      startServer().then(({ url }) => { console.log(url); setInterval(() => {}, 1000) })`
    const starter = spawn(process.execPath, [...RUN, program], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    const url = await firstLine(starter)
    await expect(answers(url)).resolves.toBe(true)
    starter.kill(signal)
    await once(starter, 'exit')
    await untilSilent(url)
  })
})

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no standard output')
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('the process ended without a line')
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

/** Bounded by the time limit of the test. */
async function untilSilent(url: string): Promise<void> {
  while (await answers(url)) await new Promise(done => setTimeout(done, 20))
}
