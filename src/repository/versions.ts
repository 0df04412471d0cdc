import type { EntityMetadata, ObjectLiteral } from 'typeorm'
import { type ColumnKind, columnKind } from '../query/compile/column-kind'
import type { SqlDialect } from '../query/compile/sql-dialect'
import type { QueryContext } from '../query/execute/query-context'
import { InvalidRepositoryError, OptimisticLockError } from './errors'
import { requireOptions } from './predicates'
import { RowCheck } from './row-check'

type ColumnMetadata = EntityMetadata['columns'][number]

/** For whom versions are looked at. */
export interface VersionedWrite {
  readonly label: string
  /** Whether the entities are only taken along: one that is named by its key alone is then no version of anything. */
  readonly cascaded: boolean
}

/**
 * Makes sure that the rows of entities are of the versions that the entities hold, and keeps them so: nobody else changes them
 * before the transaction ends. Nothing for entities without a version column.
 *
 * @throws OptimisticLockError `AMBIT_REPOSITORY_OPTIMISTIC_LOCK`
 */
export async function holdVersions(
  context: QueryContext,
  metadata: EntityMetadata,
  entities: readonly ObjectLiteral[],
  { label, cascaded }: VersionedWrite,
): Promise<void> {
  const checks = VersionChecks.of(context, metadata)
  const stored = entities.filter(entity => hasKey(metadata, entity))
  if (checks === undefined || stored.length === 0) return
  const known = stored.filter(entity => checks.hasVersion(entity))
  const current = await checks.countCurrent(known)
  if (current < known.length) throw OptimisticLockError.stale(metadata.name, label, known.length, current)
  const unknown = stored.filter(entity => !checks.hasVersion(entity))
  if (unknown.length === 0 || cascaded) return
  const there = await checks.countStored(unknown)
  if (there > 0) throw OptimisticLockError.unknown(metadata.name, label, there)
}

/** What an update may ask of the row that it changes. */
export interface VersionOptions {
  /** The version that the row was loaded with: the update is refused where it has another by now. */
  readonly version?: number
}

/**
 * The version as a condition. One that is asked for is never left out: a version that got lost on the way would be an update
 * of whatever is there.
 *
 * @throws InvalidRepositoryError `AMBIT_REPOSITORY_NO_VERSION`; InvalidSpecificationError `AMBIT_REPOSITORY_SPECIFICATION`
 */
export function versionMap(
  { versionColumn, name }: EntityMetadata,
  options: VersionOptions,
  { dialect, where }: { readonly dialect: SqlDialect; readonly where: string },
): ObjectLiteral | undefined {
  requireOptions(options, ['version'], where)
  if (!('version' in options)) return undefined
  if (!versionColumn) {
    throw new InvalidRepositoryError('AMBIT_REPOSITORY_NO_VERSION', {
      what: `${where} was given a version, but ${name} has no version column.`,
      where,
      next: 'Give the entity a @VersionColumn(), or take the version out of the call.',
    })
  }
  if (isVersion(columnKind(versionColumn, dialect), options.version))
    return versionColumn.createValueMap(options.version)
  throw new InvalidRepositoryError('AMBIT_REPOSITORY_NO_VERSION', {
    what: `${where} was given a version that is none.`,
    where,
    next: `Pass the ${versionColumn.propertyPath} that the ${name} was loaded with, or leave the option out.`,
  })
}

/** Drivers answer large numbers as text. */
function isVersion(kind: ColumnKind, value: unknown): boolean {
  if (kind === 'other') return value !== undefined && value !== null
  if (kind === 'timestamp' || kind === 'date') return value instanceof Date && !Number.isNaN(value.getTime())
  if (typeof value === 'string') return /^\d+$/.test(value)
  return typeof value === 'bigint' || Number.isInteger(value)
}

function hasKey({ primaryColumns }: EntityMetadata, entity: ObjectLiteral): boolean {
  const values = primaryColumns.map(column => column.getEntityValue(entity) as unknown)
  return values.length > 0 && values.every(value => value !== undefined && value !== null)
}

/** Looks for rows by key, and by key and version. */
class VersionChecks {
  readonly #version: ColumnMetadata
  readonly #stored: RowCheck
  readonly #current: RowCheck

  private constructor(context: QueryContext, metadata: EntityMetadata, version: ColumnMetadata) {
    this.#version = version
    this.#stored = new RowCheck(context, metadata, metadata.primaryColumns)
    this.#current = new RowCheck(context, metadata, [...metadata.primaryColumns, version])
  }

  static of(context: QueryContext, metadata: EntityMetadata): VersionChecks | undefined {
    const { versionColumn } = metadata
    if (versionColumn === undefined) return undefined
    const checks = made.get(metadata) ?? new VersionChecks(context, metadata, versionColumn)
    made.set(metadata, checks)
    return checks
  }

  hasVersion(entity: ObjectLiteral): boolean {
    const version = this.#version.getEntityValue(entity) as unknown
    return version !== undefined && version !== null
  }

  /** How many of the entities are the newest of their rows; those stay locked. */
  async countCurrent(entities: readonly ObjectLiteral[]): Promise<number> {
    return this.#current.count(entities)
  }

  async countStored(entities: readonly ObjectLiteral[]): Promise<number> {
    return this.#stored.count(entities)
  }
}

const made = new WeakMap<EntityMetadata, VersionChecks>()
