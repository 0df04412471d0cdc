import type { EntityMetadata, ObjectLiteral, Repository } from 'typeorm'
import { together } from '../data-source/statements/together'
import type { QueryContext } from '../query/execute/query-context'
import { restoreOnRollback } from '../query/plan/written-values'
import { isNeverSet } from '../query/plan/upsert-text'
import { UpsertQuery } from '../query/execute/upsert-query'
import { InvalidUpsertError } from './errors'
import { upsertHeard } from './heard-upsert'
import type { RestrictingSpecification } from './predicates'
import { storedCondition } from './stored-condition'

type ColumnMetadata = EntityMetadata['columns'][number]

/** What decides between inserting and updating, and what an update sets. */
export interface UpsertRequest {
  readonly entities: readonly ObjectLiteral[]
  /** Properties that are unique together. */
  readonly conflict: readonly string[]
  /** The properties that a row that is there gets; `undefined`: all that are given. */
  readonly update: readonly string[] | undefined
  /** What a row that is there must satisfy to get them; `undefined`: nothing. */
  readonly where: RestrictingSpecification | undefined
  readonly label: string
}

/**
 * Inserts entities, or updates the rows that have the same values in the unique properties; all of them or none. Answers
 * those that were written, in their order: all of them, unless a condition keeps rows as they are.
 *
 * @throws InvalidUpsertError `AMBIT_REPOSITORY_UPSERT`; as `DynamicQueries.checked`
 */
export async function upsertAll(
  context: QueryContext,
  orm: Repository<ObjectLiteral>,
  { entities, conflict, update, where, label }: UpsertRequest,
): Promise<readonly ObjectLiteral[]> {
  const { metadata } = orm
  const keys = uniqueColumns(metadata, conflict, label)
  const updated = updatedColumns(metadata, keys, update, label)
  const condition = where && storedCondition(context, metadata, where, label)
  requireKeys(metadata, keys, entities, label)
  const query = UpsertQuery.of(context, keys, updated)
  return together(context.dataSource, async () => {
    const written = await query.upsertAll(entities, condition)
    if (written !== undefined) return entities.filter(entity => written.has(entity))
    // What TypeORM's own statement does is less: no list of what is set, no condition, and the version stays.
    const asksForMore = updated !== undefined || condition !== undefined || metadata.versionColumn !== undefined
    if (asksForMore) throw passesListeners(metadata, label)
    restoreOnRollback(context.dataSource, metadata, entities)
    await upsertHeard(context, orm, keys, entities)
    return entities
  })
}

/** The columns of properties that are unique together: the key, a unique constraint, or a unique index over all rows. */
function uniqueColumns(
  metadata: EntityMetadata,
  conflict: UpsertRequest['conflict'],
  label: string,
): readonly ColumnMetadata[] {
  if (!isList(conflict)) {
    throw new InvalidUpsertError(
      `No list of properties says which row of ${metadata.name} is meant.`,
      label,
      "Pass the properties that are unique together, as a list, behind what is written: ['email'].",
    )
  }
  const columns = conflict.flatMap(property => columnsOf(metadata, property, label))
  const unique = [
    metadata.primaryColumns,
    ...metadata.uniques.map(each => each.columns),
    ...metadata.indices.filter(({ isUnique, where }) => isUnique && !where).map(each => each.columns),
  ]
  if (unique.some(each => each.length === columns.length && each.every(column => columns.includes(column))))
    return columns
  const names = conflict.map(each => `'${each}'`).join(', ')
  throw new InvalidUpsertError(
    `${names === '' ? 'No property' : names} of ${metadata.name} is unique: nothing says which row is meant.`,
    label,
    'Name the properties of the primary key, of @Unique, or of a unique @Index or @Column, all of them and no other.',
  )
}

function columnsOf(metadata: EntityMetadata, property: string, label: string): readonly ColumnMetadata[] {
  const columns = metadata.findColumnsWithPropertyPath(property)
  if (columns.length > 0) return columns
  const known = metadata.columns.map(({ propertyPath }) => propertyPath).join(', ')
  throw new InvalidUpsertError(`'${property}' is no property of ${metadata.name}.`, label, `Use one of ${known}.`)
}

/** `undefined`: all that are given. What is listed is set, or refused. */
function updatedColumns(
  metadata: EntityMetadata,
  keys: readonly ColumnMetadata[],
  update: UpsertRequest['update'],
  label: string,
): readonly ColumnMetadata[] | undefined {
  if (update === undefined) return undefined
  if (!isList(update)) {
    throw new InvalidUpsertError('The option update is no list.', label, "Pass { update: ['name'] }.")
  }
  return update.flatMap(property => {
    const columns = columnsOf(metadata, property, label)
    if (!columns.some(column => isNeverSet(column, keys))) return columns
    throw new InvalidUpsertError(
      `'${property}' of ${metadata.name} stays as it is in a row that is there: an upsert does not set it.`,
      label,
      'Take it out of update; the version and the date of the update go with every upsert.',
    )
  })
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value)
}

/** No row is like one whose key is null, and none can be told apart from another with the same. */
function requireKeys(
  metadata: EntityMetadata,
  keys: readonly ColumnMetadata[],
  entities: readonly ObjectLiteral[],
  label: string,
): void {
  const names = keys.map(({ propertyPath }) => propertyPath).join(', ')
  const seen = new Set<string>()
  for (const entity of entities) {
    const values = keys.map(key => key.getEntityValue(entity) as unknown)
    if (values.some(value => value === undefined || value === null)) {
      throw new InvalidUpsertError(
        `A ${metadata.name} has no value for ${names}.`,
        label,
        'Give each a value: null is like no other.',
      )
    }
    // The row has to be found again by what it holds.
    if (values.some(value => typeof value === 'function')) {
      throw new InvalidUpsertError(
        `A ${metadata.name} has ${names} written as SQL: which row that is, nobody can tell.`,
        label,
        'Give the value itself.',
      )
    }
    const text = JSON.stringify(values.map(value => (typeof value === 'bigint' ? String(value) : value)))
    if (seen.has(text)) {
      throw new InvalidUpsertError(
        `Two ${metadata.name} have the same ${names}.`,
        label,
        'Leave one of them out: which of them should win?',
      )
    }
    seen.add(text)
  }
}

function passesListeners({ name }: EntityMetadata, label: string): InvalidUpsertError {
  return new InvalidUpsertError(
    `${name} has listeners, subscribers, or values written as SQL, and a version, a list of what to set, or a condition: no one statement does both.`,
    label,
    'Find the row and save it, in one transaction; or take the listeners off.',
  )
}
