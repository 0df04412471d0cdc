import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Where Node and the server ran: ratios from different regimes must not be compared. */
export interface Regime {
  readonly oneCore: boolean
  readonly text: string
}

/**
 * Puts this process and the server's processes on one core, where that can be done for all of them: with only Node there,
 * each backend lands where the scheduler likes, which is worse than nothing.
 */
export function takeOneCore(backends: readonly number[]): Regime {
  const obstacle = whyNot(backends)
  if (obstacle !== undefined) return free(obstacle)
  try {
    const core = lastCore()
    for (const pid of [...backends, process.pid]) pin(pid, core)
    const others = backends.length > 0 ? ' and the server processes' : ''
    return { oneCore: true, text: `one core for all: Node${others} on core ${core}` }
  } catch (error) {
    return free(`taskset failed: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
  }
}

function free(why: string): Regime {
  return { oneCore: false, text: `whatever cores the scheduler chose (${why})` }
}

function whyNot(backends: readonly number[]): string | undefined {
  if (process.platform !== 'linux') return 'only Linux has taskset'
  if (process.getuid?.() !== 0) return 'only root may move the server'
  if (!backends.every(isPostgres)) return 'the server is not on this machine'
  return undefined
}

/** A server elsewhere, or in another container, has process ids that mean something else here, or nothing. */
function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')
  } catch {
    return false
  }
}

/** The last core that this process may use: the first ones serve most interrupts. */
function lastCore(): number {
  const answer = taskset('-cp', process.pid)
  const last = /(\d+)\s*$/.exec(answer)?.[1]
  if (last === undefined) throw new Error(`it answered '${answer.trim()}'`)
  return Number(last)
}

/** With all its threads: the collector's are part of the cost. */
function pin(pid: number, core: number): void {
  taskset('-acp', core, pid)
}

function taskset(...words: readonly (string | number)[]): string {
  return execFileSync('taskset', words.map(String), { encoding: 'utf8', stdio: 'pipe' })
}
