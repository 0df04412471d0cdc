import { measure, type Measurement } from './measure'
import { casts } from './peers/all'
import { workloadNamed } from './workloads/all'
import type { WorkloadName } from './workloads/workload'

/** What a process of its own is to measure. */
export interface Task {
  readonly workload: WorkloadName
  /** Which of the engine's casts. */
  readonly cast: number
  readonly url: string
  readonly rounds: number
}

export type Answer = { readonly measurement: Measurement } | { readonly failure: string }

/** Measures, and answers the parent process. */
export async function work(task: Task): Promise<void> {
  const answer = await answerOf(task)
  await new Promise<void>((resolve, reject) => {
    process.send?.(answer, (error: Error | null) => {
      if (error) reject(error)
      else resolve()
    })
  })
  process.disconnect()
}

async function answerOf({ workload: name, cast, url, rounds }: Task): Promise<Answer> {
  try {
    const workload = workloadNamed(name)
    const peers = casts(workload.engine)[cast]
    if (peers === undefined) throw new Error(`there is no cast ${cast}`)
    return { measurement: await measure(workload, peers, { url, rounds }) }
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
