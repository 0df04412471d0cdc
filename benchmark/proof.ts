import { listed } from './commands'
import { inTime } from './patience'
import type { Variant } from './rounds'
import type { Traffic } from './wire-tap'
import type { Proof } from './workloads/workload'

/** Where the traffic of a variant is seen. */
export interface Observed {
  clear(): void
  readonly traffic: Traffic
  /** The options with which each session was opened; none where there are no sessions. */
  readonly sessions: readonly string[]
}

/** What a floor answers: it does not read what the database sends. */
export const UNREAD = Symbol('not read')

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
  { callers, patienceMs }: ProveOptions = {},
): Promise<Traffic> {
  // Connections are made, and statements prepared, only once.
  await inTime(variant.name, () => variant.run(), patienceMs)
  observed.clear()
  const result = await inTime(variant.name, () => variant.run(), patienceMs)
  const traffic = { ...observed.traffic, commands: observed.traffic.commands.map(spelled) }
  const unread = variant.floor === true && result === UNREAD
  if (!unread && !answersOf(result, callers).every(answer => proof.answers(answer))) throw wrongAnswer(variant, result)
  if (!isRight(traffic.commands, proof, callers))
    throw refused(variant, `made the database do ${listed(traffic.commands) || 'nothing'}`)
  return traffic
}

/** The variant, refused as soon as an answer is wrong: of fresh processes, each may be. */
export function provenEachTime(variant: Variant, proof: Proof): Variant {
  const run = async (): Promise<unknown> => {
    const result = await variant.run()
    if (!proof.answers(result)) throw wrongAnswer(variant, result)
    return result
  }
  return { name: variant.name, run }
}

/** One answer for each caller; one that is not among them is no right answer. */
function answersOf(result: unknown, callers: number | undefined): readonly unknown[] {
  if (callers === undefined) return [result]
  return Array.isArray(result) && result.length === callers ? result : [undefined]
}

function isRight(commands: readonly string[], proof: Proof, callers?: number): boolean {
  const { transaction, order, besides } = proof
  const work = commands.filter(command => command !== besides)
  const done = (each: readonly string[]) =>
    callers === undefined && order === undefined ? same(work, each) : mixed(work, each, callers ?? 1)
  return [proof.commands, ...(proof.or ?? [])].some(
    expected => done(['BEGIN', ...expected, 'COMMIT']) || (transaction === 'optional' && done(expected)),
  )
}

/** The commands in any order: several connections do not wait for each other. */
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

function wrongAnswer(variant: Variant, result: unknown): Error {
  return refused(variant, `answers ${JSON.stringify(result)}`.slice(0, MOST_SHOWN))
}

function refused(variant: Variant, why: string): Error {
  return new Error(`'${variant.name}' does not do the work it is timed for: it ${why}.`)
}
