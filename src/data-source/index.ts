export type { DataSourceDescription, PoolDescription } from './description'
export type { StatementTier } from './engine'
export { entityManager } from './entity-manager'
export type { DataSourceSettings, EntityTarget, SchemaMode } from './settings'
