import { measure } from './measure'
import type { Measurement } from './measured'
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
  readonly warmUpMs: number
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

async function answerOf({ workload: name, cast, ...options }: Task): Promise<Answer> {
  try {
    refuseDomain()
    const workload = workloadNamed(name)
    const peers = casts(workload)[cast]
    if (peers === undefined) throw new Error(`there is no cast ${cast}`)
    return { measurement: await measure(workload, peers, options) }
  } catch (error) {
    console.error(error)
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}

/** Whoever loads `domain` replaces the `emit` of all event emitters by a slower one, which peers use for each row. */
function refuseDomain(): void {
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] }
  if (moduleLoadList.includes('NativeModule domain'))
    throw new Error("Node's module 'domain' is loaded: its emit is not the usual one.")
}
