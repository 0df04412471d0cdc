import type { Workload } from '../workloads/workload'
import { ambit, ambitOnSqlite } from './ambit'
import { bare } from './bare'
import { bareSocket } from './bare-socket'
import { CONTAINERS } from './containers'
import { drizzle } from './drizzle'
import { FILTERS } from './filters'
import { kysely } from './kysely'
import { mikroOrm } from './mikro-orm'
import { nestjsCls } from './nestjs-cls'
import { isInstalled } from './packages'
import type { Peer } from './peer'
import { postgresJs } from './postgres-js'
import { rawPg } from './raw-pg'
import { rawSqlite } from './raw-sqlite'
import { typeorm } from './typeorm'
import { typeormOnSqlite } from './typeorm-sqlite'
import { typeormTransactional } from './typeorm-transactional'

/** In the order of the tables. */
export const PEERS: readonly Peer[] = [
  bare,
  rawPg,
  bareSocket,
  postgresJs,
  kysely,
  drizzle,
  mikroOrm,
  typeorm,
  typeormTransactional,
  nestjsCls,
  ambit,
  rawSqlite,
  typeormOnSqlite,
  ambitOnSqlite,
  ...CONTAINERS,
  ...FILTERS,
]

/** The packages that a peer needs and does not find. */
export function missingPackages({ packages }: Pick<Peer, 'packages'>): readonly string[] {
  return packages.filter(name => !isInstalled(name))
}

/**
 * The peers of a work by process: first those that leave each other alone, then each that does not, beside the base.
 * What each is compared with is in every process, so that the ratios are still those of one round.
 */
export function casts(
  { engine, loners: wanted = true }: Pick<Workload, 'engine' | 'loners'>,
  peers: readonly Peer[] = PEERS,
): readonly (readonly Peer[])[] {
  const there = peers.filter(peer => peer.engine === engine && missingPackages(peer).length === 0)
  const bases = there.filter(({ role }) => role === 'base')
  const loners = there.filter(({ role }) => wanted && role === 'loner')
  return [there.filter(({ role }) => role !== 'loner'), ...loners.map(loner => [...bases, loner])]
}
