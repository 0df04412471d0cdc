import { runDetached } from '../../core/async-context'
import { traceError } from '../../tx/tracing/trace-error'
import { uniqueNames } from '../graph/unique-names'
import { HealthCheckTimeoutError } from '../errors'
import type { Check } from './component-checks'
import type { HealthAnswer, HealthKind } from './health-indicator'

/** What one check came to. */
export interface HealthCheckResult {
  /** `'skipped'`: its component is lazy, and nobody has needed it yet. Counts as up. */
  readonly status: 'up' | 'down' | 'skipped'
  readonly details?: Readonly<Record<string, unknown>>
  readonly durationMs: number
  /** Of what it threw: class and code, never the message, which may hold what is nobody's business. */
  readonly error?: { readonly name: string; readonly code?: string }
}

/** How an application is. `JSON.stringify` of it is fit for a public address. */
export interface HealthReport {
  readonly kind: HealthKind
  /** `'down'` if any check is. */
  readonly status: 'up' | 'down'
  readonly checks: Readonly<Record<string, HealthCheckResult>>
}

/** Makes checks side by side, each in its own time, outside every transaction. */
export async function runChecks(kind: HealthKind, checks: readonly Check[], timeoutMs: number): Promise<HealthReport> {
  const names = uniqueNames(
    checks.map(({ name }) => name),
    '#',
  )
  const results = await Promise.all(checks.map(check => runDetached(() => resultOf(check, timeoutMs))))
  return healthReport(kind, new Map(results.map((result, at) => [names[at] ?? '', result])))
}

export function healthReport(kind: HealthKind, results: ReadonlyMap<string, HealthCheckResult>): HealthReport {
  const status = [...results.values()].some(result => result.status === 'down') ? 'down' : 'up'
  return Object.freeze({ kind, status, checks: Object.freeze(Object.fromEntries(results)) })
}

async function resultOf(check: Check, defaultTimeoutMs: number): Promise<HealthCheckResult> {
  if (check.run === undefined) return Object.freeze({ status: 'skipped', durationMs: 0 })
  const started = performance.now()
  const { details, ...found } = await outcomeOf(check, check.timeoutMs ?? defaultTimeoutMs)
  const facts = check.facts === undefined ? details : { ...check.facts(), ...details }
  const durationMs = Math.round((performance.now() - started) * 10) / 10
  return Object.freeze({ ...found, ...(facts !== undefined && { details: facts }), durationMs })
}

type Outcome = Omit<HealthCheckResult, 'durationMs'>

/** Whatever a check comes to after its time is over is nobody's business any more. */
async function outcomeOf({ name, run }: Check, timeoutMs: number): Promise<Outcome> {
  const box = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new HealthCheckTimeoutError(name, timeoutMs)
      reject(error)
      box.abort(error)
    }, timeoutMs)
  })
  try {
    return readAnswer(await Promise.race([answerOf(run, box.signal), late]))
  } catch (error) {
    return { status: 'down', error: shown(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** Called in an async function: a check that throws at once is no other than one that rejects. */
async function answerOf(run: Check['run'], signal: AbortSignal): Promise<unknown> {
  return run?.(signal)
}

/** Nothing but an answer of ours counts as up: a check that returns what it does not mean would hide an outage. */
function readAnswer(answer: unknown): Outcome {
  if (answer === undefined || answer === true) return { status: 'up' }
  if (answer === false) return { status: 'down' }
  const { status, details } = (answer ?? {}) as Partial<Exclude<HealthAnswer, boolean | void>>
  if (status !== 'up' && status !== 'down') throw new TypeError('a health check answered nothing that it can answer')
  return { status, ...(details !== undefined && { details }) }
}

function shown(error: unknown): NonNullable<HealthCheckResult['error']> {
  const { name = 'undefined', code } = traceError(error) ?? {}
  return Object.freeze({ name, ...(code !== undefined && { code }) })
}
