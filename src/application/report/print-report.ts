import type { DataSourceDescription } from '../../data-source/description'
import type { DescribedValue } from '../../config'
import type { ConditionOutcome } from '../../di'
import type { ComponentReport, ReportData, ScanSummary } from './application-report'

/** A report as text: a heading for each part, and nothing about parts that are empty. */
export function printReport(report: ReportData): string {
  const own = report.components.filter(({ builtIn }) => !builtIn)
  return [
    ...startOf(report),
    ...section('Data sources', report.dataSources.flatMap(dataSourceLines)),
    ...section('Plugins', report.plugins),
    ...section(`Components: ${own.length}`, own.flatMap(componentLines)),
    ...section('Conditions', report.conditions.map(conditionLine)),
    ...section('Configuration', report.configuration.map(settingLine)),
    ...scanLines(report),
    ...section(
      'Not wrapped by @Transactional of their class, since nothing proves them asynchronous',
      report.unwrapped.map(({ component, methods }) => `${component}: ${methods.join(', ')}`),
    ),
    '',
  ].join('\n')
}

function startOf({ name, state, start: { totalMs, phases } }: ReportData): readonly string[] {
  const steps = phases.map(({ phase, ms }) => `${phase} ${ms} ms`).join(', ')
  return [`Application '${name}', ${state}. Started in ${totalMs} ms: ${steps}.`]
}

function dataSourceLines(source: DataSourceDescription): readonly string[] {
  const { name, driver, location, schema, isolation, entities, pool, statements } = source
  return [
    `${name}: ${driver}, ${location}`,
    `  ${isolation}, schema '${schema}', ${counted(entities, 'entity', 'entities')}`,
    `  ${counted(pool.size, 'connection', 'connections')}, ${pool.inUse} in use, ${pool.waiting} waiting`,
    `  statements: ${statements.tier} (${statements.reason})`,
  ]
}

function componentLines(component: ComponentReport): readonly string[] {
  const { name, origin, scope, primary, overridden, needs, buildMs } = component
  const facts = [
    origin,
    scope,
    ...(primary ? ['primary'] : []),
    ...(overridden ? ['overridden'] : []),
    ...(buildMs === undefined ? [] : [`${buildMs} ms`]),
  ]
  return [`${name}: ${facts.join(', ')}`, ...(needs.length === 0 ? [] : [`  needs ${needs.join('; ')}`])]
}

function conditionLine({ component, condition, held, why }: ConditionOutcome): string {
  return held ? `${component}: there, since ${condition}` : `${component}: left out, since ${why}`
}

function settingLine({ key, value, source }: DescribedValue): string {
  return `${key}: ${value}, from ${source}`
}

function scanLines({ scan }: ReportData): readonly string[] {
  if (scan === undefined) return []
  return [
    ...section('Scanned', scan.files.map(scannedLine)),
    ...section(
      'Not scanned',
      scan.skipped.map(({ file, reason }) => `${file}: ${reason}`),
    ),
  ]
}

function scannedLine({ file, components, findings }: ScanSummary['files'][number]): string {
  const taken = findings.map(each => `${each.registered.join(', ')} (scanner '${each.scanner}' from ${each.export})`)
  const all = [...components, ...taken]
  return `${file}: ${all.length === 0 ? 'nothing' : all.join(', ')}`
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map(line => `  ${line}`)]
}

function counted(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`
}
