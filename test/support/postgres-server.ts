import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000

export interface RunningServer {
  readonly url: string
  readonly child: ChildProcess
}

/** Starts a PostgreSQL of our own; it stops by itself when this process ends, however it ends. */
export async function startServer(): Promise<RunningServer> {
  // In a process group of its own, so that Ctrl-C reaches us and not the server: it stops when our pipe closes.
  const child = spawn(process.execPath, [join(__dirname, 'postgres-keeper.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const answer = await firstLine(child)
  if (answer.url === undefined) throw new Error(answer.error ?? 'The server process ended without an answer.')
  letProcessEnd(child)
  return { url: answer.url, child }
}

/** Stops the server and waits until its files are gone. */
export async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  // Nothing else keeps this process alive by now, and one that ended here would look like a success.
  child.ref()
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) })
  child.stdin?.end()
  await ended
}

interface Answer {
  readonly url?: string
  readonly error?: string
}

async function firstLine(child: ChildProcess): Promise<Answer> {
  const { stdout } = child
  if (stdout === null) throw new Error('The server process has no standard output.')
  const lines = createInterface({ input: stdout })
  const timer = setTimeout(() => {
    child.kill()
  }, START_TIMEOUT_MS)
  try {
    for await (const line of lines) return JSON.parse(line) as Answer
    return { error: `The server process ended, or did not answer within ${START_TIMEOUT_MS / 1000} s.` }
  } finally {
    clearTimeout(timer)
  }
}

/** The server must not keep the test run alive. */
function letProcessEnd(child: ChildProcess): void {
  child.unref()
  for (const stream of [child.stdin, child.stdout]) (stream as { unref?: () => void } | null)?.unref?.()
}
