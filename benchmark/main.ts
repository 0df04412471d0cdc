import 'reflect-metadata'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startServer, stopServer } from '../test/support/postgres-server'
import { type BenchArguments, readArguments, USAGE } from './arguments'
import { page, type Result } from './markdown'
import type { Measurement } from './measured'
import { casts } from './peers/all'
import { surroundings } from './surroundings'
import { type Answer, type Task, work } from './worker'
import type { Workload } from './workloads/workload'

const LAUNCHER = join(__dirname, '..', 'scripts', 'bench.cjs')
const RESULTS = join(__dirname, 'results')
const WORKER = '--worker'

async function main([first, ...rest]: readonly string[]): Promise<void> {
  if (first === WORKER) await work(JSON.parse(rest[0] ?? '') as Task)
  else await bench(readArguments(first === undefined ? [] : [first, ...rest], process.env))
}

async function bench({ url, workloads, rounds, warmUpMs, write }: BenchArguments): Promise<void> {
  const server =
    url === undefined && workloads.some(({ engine }) => engine === 'postgres') ? await startServer() : undefined
  try {
    const results: Result[] = []
    for (const workload of workloads) {
      console.error(`measuring ${workload.name} …`)
      results.push(await measured(workload, { url: url ?? server?.url ?? '', rounds, warmUpMs }))
    }
    const today = new Date().toISOString().slice(0, 10)
    const text = page(
      `Benchmark of ${today}`,
      [...surroundings(), `${rounds} rounds, behind ${warmUpMs} ms of each variant`],
      results,
    )
    console.log(text)
    if (write) writeResult(today, text)
    if (results.some(({ failures }) => failures.length > 0)) process.exitCode = 1
  } finally {
    if (server) await stopServer(server.child)
  }
}

/** Each cast in a fresh process: what one work made the compiler optimise must not decide the next. */
async function measured(workload: Workload, options: Omit<Task, 'workload' | 'cast'>): Promise<Result> {
  const measurements: Measurement[] = []
  const failures: string[] = []
  for (const cast of casts(workload).keys()) {
    const answer = await inProcess({ workload: workload.name, cast, ...options })
    if ('failure' in answer) failures.push(answer.failure)
    else if (answer.measurement.rows.length > 0) measurements.push(answer.measurement)
  }
  return { workload, measurements, failures }
}

async function inProcess(task: Task): Promise<Answer> {
  const child = fork(LAUNCHER, [WORKER, JSON.stringify(task)], { timeout: mostMs(task) })
  const ended = once(child, 'exit').then(([code, signal]) => ({
    failure: `it ended with ${String(code ?? signal)}, without an answer`,
  }))
  const answer = await Promise.race([once(child, 'message').then(([message]) => message as Answer), ended])
  await ended
  return answer
}

/** A pool that hangs cannot be closed either: its process is ended, far behind the time that any work takes. */
function mostMs({ rounds, warmUpMs }: Task): number {
  return 180_000 + rounds * 20_000 + warmUpMs * 20
}

function writeResult(today: string, text: string): void {
  mkdirSync(RESULTS, { recursive: true })
  const file = join(RESULTS, `${today}.md`)
  writeFileSync(file, text)
  console.error(`written to ${file}`)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  console.error(USAGE)
  process.exitCode = 1
})
