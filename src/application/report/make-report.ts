import type { DataSourceDescription } from '../../data-source/description'
import type { DescribedValue } from '../../config'
import {
  type ConditionOutcome,
  Container,
  type Registered,
  type ScanReport,
  type Token,
  tokenName,
  type WiredDependency,
  type Wiring,
} from '../../di'
import { skippedMethods } from '../../tx/skipped-methods'
import type { ApplicationState } from '../health/application-health'
import { ApplicationReport, type ComponentReport, type ScanSummary, type UnwrappedMethods } from './application-report'
import type { StartTimings } from './start-timings'

/** What a report is made of. */
export interface ReportSource {
  readonly name: string
  readonly state: ApplicationState
  readonly wiring: readonly Wiring[]
  readonly dataSources: readonly DataSourceDescription[]
  readonly plugins: readonly string[]
  readonly conditions: readonly ConditionOutcome[]
  readonly configuration: readonly DescribedValue[]
  readonly scan: ScanReport | undefined
  readonly timings: StartTimings
  /** The tokens of what every application has. */
  readonly builtIn: ReadonlySet<Token>
}

/** Makes the report of an application as it is now. */
export function makeReport(source: ReportSource): ApplicationReport {
  const { name, state, dataSources, plugins, conditions, configuration, timings, scan } = source
  const registered = source.wiring.filter(({ registration }) => registration.token !== Container)
  return new ApplicationReport({
    name,
    state,
    start: { at: timings.startedAt, totalMs: timings.totalMs, phases: timings.phases },
    dataSources,
    plugins,
    conditions,
    configuration,
    components: registered.map(wiring => componentReport(wiring, source)),
    scan: scan && scanSummary(scan),
    unwrapped: registered.flatMap(unwrapped),
  })
}

function componentReport({ registration, dependencies }: Wiring, source: ReportSource): ComponentReport {
  const { name, origin, kind, stereotype, scope, primary, overridden, token } = registration
  return {
    name,
    origin,
    kind,
    stereotype,
    scope,
    primary,
    overridden,
    builtIn: source.builtIn.has(token),
    needs: dependencies.map(need),
    buildMs: source.timings.buildMs(registration),
  }
}

function need({ token, registrations, lazy, optional }: WiredDependency): string {
  const names = registrations.map(({ name }) => name).join(' and ')
  const given = names === '' || names === token ? token : `${names} as ${token}`
  const absent = names === '' && optional ? ['absent'] : []
  return [given, ...(lazy ? ['lazy'] : []), ...(optional ? ['optional'] : []), ...absent].join(', ')
}

function scanSummary({ files, skipped }: ScanReport): ScanSummary {
  return {
    files: files.map(({ file, components, findings }) => ({
      file,
      components: components.map(each => each.name),
      findings: findings.map(finding => ({ ...finding, registered: finding.registered.map(registeredName) })),
    })),
    skipped,
  }
}

function registeredName(registered: Registered): string {
  return tokenName(typeof registered === 'function' ? registered : registered.token)
}

function unwrapped({ registration: { name, implementation } }: Wiring): readonly UnwrappedMethods[] {
  const methods = implementation === undefined ? [] : skippedMethods(implementation)
  return methods.length === 0 ? [] : [{ component: name, methods }]
}
