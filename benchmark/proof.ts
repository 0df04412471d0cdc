import { setTimeout } from 'node:timers/promises'
import { listed } from './commands'
import type { Variant } from './rounds'
import type { Traffic } from './wire-tap'
import type { Proof } from './workloads/workload'

/** Where the traffic of a variant is seen. */
export interface Observed {
  clear(): void
  readonly traffic: Traffic
}

/** Milliseconds after which a variant hangs: a pool whose every connection waits for another one waits for ever. */
const PATIENCE_MS = 30_000

/** Characters of a wrong answer. */
const MOST_SHOWN = 500

export interface ProveOptions {
  /** How many do it at the same time. */
  readonly callers?: number | undefined
  readonly patienceMs?: number
}

/**
 * Runs a variant and looks at what it answered and at what the database did for it. A variant that skips a COMMIT, or
 * reads one row less, would win every race.
 */
export async function prove(
  variant: Variant,
  proof: Proof,
  observed: Observed,
  { callers, patienceMs = PATIENCE_MS }: ProveOptions = {},
): Promise<Traffic> {
  // Connections are made, and statements prepared, only once.
  await ended(variant, patienceMs)
  observed.clear()
  const result = await ended(variant, patienceMs)
  const traffic = { ...observed.traffic, commands: observed.traffic.commands.map(spelled) }
  if (!answersOf(result, callers).every(answer => proof.answers(answer)))
    throw refused(variant, `answers ${JSON.stringify(result)}`.slice(0, MOST_SHOWN))
  if (!isRight(traffic.commands, proof, callers))
    throw refused(variant, `made the database do ${listed(traffic.commands) || 'nothing'}`)
  return traffic
}

/** Fails where a caller fails, and where one still waits when the patience is over. */
async function ended(variant: Variant, patienceMs: number): Promise<unknown> {
  const timeout = new AbortController()
  const hung = setTimeout(patienceMs, undefined, { signal: timeout.signal }).then(() => {
    throw refused(variant, `still waits after ${patienceMs} ms`)
  })
  try {
    return await Promise.race([variant.run(), hung])
  } finally {
    timeout.abort()
    await hung.catch(() => undefined)
  }
}

/** One answer for each caller; one that is not among them is no right answer. */
function answersOf(result: unknown, callers: number | undefined): readonly unknown[] {
  if (callers === undefined) return [result]
  return Array.isArray(result) && result.length === callers ? result : [undefined]
}

function isRight(commands: readonly string[], { commands: expected, transaction }: Proof, callers?: number): boolean {
  const wrapped = ['BEGIN', ...expected, 'COMMIT']
  const done = (each: readonly string[]) =>
    callers === undefined ? same(commands, each) : mixed(commands, each, callers)
  return done(wrapped) || (transaction === 'optional' && done(expected))
}

/** The commands of several callers, in any order: their connections do not wait for each other. */
function mixed(commands: readonly string[], each: readonly string[], callers: number): boolean {
  return same(
    [...commands].sort(),
    Array.from({ length: callers }, () => each)
      .flat()
      .sort(),
  )
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((command, index) => command === right[index])
}

/** `START TRANSACTION` and `BEGIN` are one command. */
function spelled(command: string): string {
  return command === 'START TRANSACTION' ? 'BEGIN' : command
}

function refused(variant: Variant, why: string): Error {
  return new Error(`'${variant.name}' does not do the work it is timed for: it ${why}.`)
}
