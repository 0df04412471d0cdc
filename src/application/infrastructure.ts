import { DataSource, EntityManager, type EntityTarget, type ObjectLiteral } from 'typeorm'
import { InjectionToken, provide, type Provider } from '../di'
import { repositoryToken } from '../repository/inject-repository.decorator'
import type { GraphDataSource } from './graph/draw-graph'

const tokens = new Map<string, InjectionToken<DataSource>>()

/**
 * The token of a data source that is not the default one; that one is injected by the class `DataSource`.
 *
 * @example
 * import { dataSourceToken, Inject, Service } from 'ambit'
 *
 * @Service()
 * class Reports {
 *   constructor(@Inject(dataSourceToken('reporting')) private readonly reporting: DataSource) {}
 * }
 */
export function dataSourceToken(name: string): InjectionToken<DataSource> {
  let token = tokens.get(name)
  if (!token) tokens.set(name, (token = new InjectionToken(`DataSource '${name}'`)))
  return token
}

/** What every application can inject: its data sources, the ambient entity manager, and a repository of each entity. */
export function infrastructureProviders(dataSources: ReadonlyMap<string, DataSource>): readonly Provider[] {
  return [...dataSources].flatMap(([name, dataSource]) => providersOf(name, dataSource))
}

/** The data sources as a graph shows them, with what the handles on each are asked for by. */
export function graphDataSources(dataSources: ReadonlyMap<string, DataSource>): readonly GraphDataSource[] {
  return [...dataSources].map(([name, dataSource]) => ({
    name,
    driver: dataSource.options.type,
    tokens: new Set(providersOf(name, dataSource).map(({ token }) => token)),
  }))
}

function providersOf(name: string, dataSource: DataSource): readonly Provider[] {
  return [
    provide(dataSourceToken(name), { useValue: dataSource }),
    ...(name === 'default' ? defaults(dataSource) : []),
    ...repositories(name, dataSource),
  ]
}

function defaults(dataSource: DataSource): readonly Provider[] {
  return [provide(DataSource, { useValue: dataSource }), provide(EntityManager, { useValue: dataSource.manager })]
}

function repositories(name: string, dataSource: DataSource): readonly Provider[] {
  return dataSource.entityMetadatas.flatMap(({ target }) => {
    if (typeof target !== 'function') return []
    const entity = target as EntityTarget<ObjectLiteral> & object
    return [provide(repositoryToken(entity, name), { useFactory: () => dataSource.getRepository(entity) })]
  })
}
