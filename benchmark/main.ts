import 'reflect-metadata'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startServer, stopServer } from '../test/support/postgres-server'
import { type BenchArguments, readArguments, USAGE } from './arguments'
import { page, type Result } from './markdown'
import type { Measurement } from './measure'
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

async function bench({ url, workloads, rounds, write }: BenchArguments): Promise<void> {
  const server =
    url === undefined && workloads.some(({ engine }) => engine === 'postgres') ? await startServer() : undefined
  try {
    const results: Result[] = []
    for (const workload of workloads) {
      console.error(`measuring ${workload.name} …`)
      results.push({ workload, measurements: await measured(workload, url ?? server?.url ?? '', rounds) })
    }
    const today = new Date().toISOString().slice(0, 10)
    const text = page(`Benchmark of ${today}`, [...surroundings(), `${rounds} rounds`], results)
    console.log(text)
    if (write) writeResult(today, text)
  } finally {
    if (server) await stopServer(server.child)
  }
}

/** Each cast in a fresh process: what one work made the compiler optimise must not decide the next. */
async function measured(workload: Workload, url: string, rounds: number): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = []
  for (const cast of casts(workload.engine).keys())
    measurements.push(await inProcess({ workload: workload.name, cast, url, rounds }))
  return measurements.filter(({ rows }) => rows.length > 0)
}

async function inProcess(task: Task): Promise<Measurement> {
  const child = fork(LAUNCHER, [WORKER, JSON.stringify(task)])
  const ended = once(child, 'exit').then(([code]) => ({ failure: `its process ended with ${String(code)}` }))
  const answer = await Promise.race([once(child, 'message').then(([message]) => message as Answer), ended])
  await ended
  if ('failure' in answer) throw new Error(`${task.workload} could not be measured: ${answer.failure}`)
  return answer.measurement
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
