export { Application } from './application'
export { bootstrap } from './bootstrap'
export type { DatabaseInitializer } from './database-initializer'
export {
  ComponentGraph,
  type GraphData,
  type GraphEdge,
  type GraphNode,
  type GraphNodeKind,
} from './graph/component-graph'
export { componentGraph } from './graph/draw-graph'
export type { GraphDrawing } from './graph/drawing'
export type { ApplicationState, HealthOptions } from './health/application-health'
export { HealthCheck, type HealthCheckDecorator, type HealthCheckOptions } from './health/health-check.decorator'
export { type HealthAnswer, HealthIndicator, type HealthKind } from './health/health-indicator'
export type { HealthCheckResult, HealthReport } from './health/run-checks'
export { dataSourceToken } from './infrastructure'
export { NestedApplication } from './nested-application'
export type { BootstrapOptions } from './options'
export { definePlugin, Plugin, type PluginDefinition } from './plugins/plugin'
export {
  ApplicationReport,
  type ComponentReport,
  type ReportData,
  type ScannerSummary,
  type ScanSummary,
  type UnwrappedMethods,
} from './report/application-report'
export type { PhaseTiming, StartPhase } from './report/start-timings'
