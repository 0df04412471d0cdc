export { entityManager } from './entity-manager'
export type { DataSourceSettings, EntityTarget, SchemaMode } from './settings'
