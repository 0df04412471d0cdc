import type { Metric, Reading } from '../measured'

/** What the project wants to reach: data, from which the page makes its sentence and its verdict. */
export type Goal = Named & (AtMost | Times | RoundTrips | Nanoseconds | Milliseconds | None)

interface Named {
  /** The project's name of it: `M1`. */
  readonly of: string
  /** Which of Ambit's lines it is about; without it the slowest is judged. */
  readonly line?: string
}

interface Compared {
  /** The line of the table that Ambit's is compared with. */
  readonly against: string
  /** By what; the time of a call unless said otherwise. */
  readonly by?: Metric
}

/** How many times the other's. */
export interface AtMost extends Compared {
  readonly atMost: number
}

/** How many times the other's is Ambit's. */
export interface Times extends Compared {
  readonly times: number
}

export interface RoundTrips {
  readonly roundTrips: number
}

/** Beyond the base. */
export interface Nanoseconds {
  readonly nanoseconds: number
}

/** The slowest report. */
export interface Milliseconds {
  readonly milliseconds: number
}

/** Nothing of that kind happened. */
export interface None {
  readonly none: Fault
}

export type Fault = Extract<Reading, 'errors' | 'dirtyReads' | 'lostWrites'>

/** What is wanted, in words. */
export function sentence(goal: Goal): string {
  const wanted = wantedOf(goal)
  return goal.line === undefined ? wanted : `${goal.line}: ${wanted}`
}

function wantedOf(goal: Goal): string {
  if ('atMost' in goal) return `${SUBJECT[goal.by ?? 'time']}at most ${goal.atMost} × ${goal.against}`
  if ('times' in goal) return `${SUBJECT[goal.by ?? 'time']}${goal.times} × ${lessThan(goal)} ${goal.against}`
  if ('roundTrips' in goal) return counted(goal.roundTrips, 'round trip')
  if ('nanoseconds' in goal) return `at most ${goal.nanoseconds} ns beyond the base`
  if ('milliseconds' in goal) return `reported within ${goal.milliseconds} ms`
  return `no ${FAULTS[goal.none]}`
}

/** `1 round trip`, `2 round trips`. */
export function counted(number: number, thing: string): string {
  return `${number === 0 ? 'no' : number} ${thing}${number === 0 || number === 1 ? '' : 's'}`
}

function lessThan({ by = 'time' }: Times): string {
  return FAST.has(by) ? 'faster than' : 'less than'
}

/** Of these one is faster; of the others it has less. */
const FAST: ReadonlySet<Metric> = new Set(['time', 'import', 'declare', 'start'])

const SUBJECT = {
  time: '',
  beyond: '',
  p50: 'p50 ',
  p99: 'p99 ',
  import: 'import ',
  declare: 'declaration ',
  start: 'start ',
} as const satisfies Record<Metric, string>

/** A caller that waits for ever ends the measurement, as an error does. */
const FAULTS = {
  errors: 'error and no hang',
  dirtyReads: 'dirty read',
  lostWrites: 'lost write',
} as const satisfies Record<Fault, string>
