/**
 * What a check says: `liveness`, that the process works and need not be restarted; `readiness`, that it can serve requests
 * now, which may depend on a database or another service.
 */
export const HEALTH_KINDS = ['liveness', 'readiness'] as const
/** What is asked: whether the process works (`liveness`), or whether it can do its work (`readiness`). */
export type HealthKind = (typeof HEALTH_KINDS)[number]

/** What a check found. `true` and nothing mean `up`, `false` means `down`. */
export type HealthAnswer =
  { readonly status: 'up' | 'down'; readonly details?: Readonly<Record<string, unknown>> } | boolean | void

/**
 * A component that says whether something the application needs is well. `app.health()` asks all of them side by side.
 *
 * Extend it where the check is a matter of its own; put `@HealthCheck()` on a method where the class has other work to do.
 *
 * @example
 * import { Component, type HealthAnswer, HealthIndicator } from 'ambit'
 *
 * @Component()
 * class PaymentProvider extends HealthIndicator {
 *   override readonly timeoutMs = 300
 *
 *   async check(signal: AbortSignal): Promise<HealthAnswer> {
 *     const { ok, status } = await fetch('https://payments.example/health', { signal })
 *     return { status: ok ? 'up' : 'down', details: { status } }
 *   }
 * }
 */
export abstract class HealthIndicator {
  /** Its name in the answer. Default: the name of the class. */
  readonly name?: string
  /** What it speaks for. Default `'readiness'`. */
  readonly kind?: HealthKind
  /** When it counts as down, and its signal is aborted. Milliseconds, default 1,000. */
  readonly timeoutMs?: number

  /** Looks. What it throws counts as down; its message is shown to nobody. */
  abstract check(signal: AbortSignal): HealthAnswer | Promise<HealthAnswer>
}
