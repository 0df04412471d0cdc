import type { Container } from '../../di'
import type { ManagedDataSource } from '../../data-source/managed-data-source'
import { oneOf, type OptionCheck } from '../../core/option-checks'
import { checkOptions, MILLISECONDS } from '../option-checks'
import { componentChecks } from './component-checks'
import { dataSourceCheck } from './data-source-check'
import { HEALTH_KINDS, type HealthKind } from './health-indicator'
import { type HealthReport, healthReport, runChecks } from './run-checks'

/** What `app.health()` is asked. */
export interface HealthOptions {
  /** Default `'readiness'`. */
  readonly kind?: HealthKind
  /** The time of each check that sets none itself. Milliseconds, default 1,000. */
  readonly timeoutMs?: number
}

/** Where an application is in its life. */
export type ApplicationState = 'running' | 'closing' | 'closed'

/** What health is asked of. */
export interface HealthSource {
  readonly state: ApplicationState
  readonly container: Container
  readonly dataSources: readonly ManagedDataSource[]
}

/**
 * Asks every check of a kind. An application that closes makes none: it takes no requests any more, and works.
 *
 * @throws InvalidIntrospectionOptionsError `AMBIT_APPLICATION_INTROSPECTION`
 */
export async function askHealth(source: HealthSource, options: HealthOptions = {}): Promise<HealthReport> {
  checkOptions('app.health()', options, CHECKS)
  const { kind = 'readiness', timeoutMs = DEFAULT_TIMEOUT_MS } = options
  const { state } = source
  if (state !== 'running') {
    const status = kind === 'liveness' ? 'up' : 'down'
    return healthReport(kind, new Map([['application', Object.freeze({ status, details: { state }, durationMs: 0 })]]))
  }
  const checks = [...source.dataSources.map(dataSourceCheck), ...componentChecks(source.container)]
  return runChecks(
    kind,
    checks.filter(check => check.kind === kind),
    timeoutMs,
  )
}

const DEFAULT_TIMEOUT_MS = 1_000

const CHECKS = {
  kind: oneOf(HEALTH_KINDS),
  timeoutMs: MILLISECONDS,
} as const satisfies Record<keyof HealthOptions, OptionCheck>
