import type { EntityMetadata, ObjectLiteral, QueryRunner, Repository } from 'typeorm'
import type { QueryContext } from '../query/execute/query-context'
import { readStored } from '../query/execute/stored-row'
import { GeneratedValues } from '../query/plan/generated-values'
import { insertedColumns } from '../query/plan/insert-values'
import { staysInUpsert } from '../query/plan/upsert-text'
import { portions, rowsPerStatement } from './portions'

type ColumnMetadata = EntityMetadata['columns'][number]
type Orm = Repository<ObjectLiteral>

/**
 * Upserts entities that somebody listens to, or that hold values written as SQL, by TypeORM's builder; within a transaction.
 * Each row that is there gets what its own entity gives.
 */
export async function upsertHeard(
  context: QueryContext,
  orm: Orm,
  keys: readonly ColumnMetadata[],
  entities: readonly ObjectLiteral[],
): Promise<void> {
  if (context.dataSource.options.type === 'postgres') {
    const generated = new GeneratedValues(context.dataSource, orm.metadata)
    for (const alike of portionsOf(orm.metadata, entities))
      generated.readAll(alike, await insertOrUpdate(context, orm, { keys, alike }).execute())
    return
  }
  const runner = context.dataSource.createQueryRunner()
  try {
    for (const entity of entities) await upsertUnanswered(context, orm, { runner, keys, entity })
  } finally {
    await runner.release()
  }
}

interface Unanswered {
  readonly runner: QueryRunner
  readonly keys: readonly ColumnMetadata[]
  readonly entity: ObjectLiteral
}

/**
 * SQLite's last row id is that of the insert before where a row was updated, and TypeORM believes it: it is kept from the
 * entity, and the row is read, before anybody hears of it.
 */
async function upsertUnanswered(context: QueryContext, orm: Orm, { runner, keys, entity }: Unanswered): Promise<void> {
  const { metadata } = orm
  const statement = insertOrUpdate(context, orm, { keys, alike: [entity] })
    .updateEntity(false)
    .callListeners(false)
  await runner.broadcaster.broadcast('BeforeInsert', metadata, entity)
  await statement.execute()
  await readStored(context, { metadata, known: keys }, entity)
  await runner.broadcaster.broadcast('AfterInsert', metadata, entity)
}

interface Alike {
  readonly keys: readonly ColumnMetadata[]
  readonly alike: readonly ObjectLiteral[]
}

function insertOrUpdate(
  { dataSource }: QueryContext,
  { metadata, manager }: Orm,
  { keys, alike }: Alike,
): ReturnType<ReturnType<Orm['createQueryBuilder']>['insert']> {
  const [one] = alike
  const isSet = (column: ColumnMetadata): boolean =>
    column.isUpdateDate || (one !== undefined && isGiven(column, one) && column.generatedType === undefined)
  const set = metadata.columns.filter(column => isSet(column) && !staysInUpsert(column, keys))
  const names = (columns: readonly ColumnMetadata[]): string[] => columns.map(({ databaseName }) => databaseName)
  const inserted = insertedColumns(dataSource, metadata, keys).map(({ propertyPath }) => propertyPath)
  // Something is always set: a row that is left alone would not be answered.
  const overwritten = names(set.length > 0 ? set : keys)
  return manager
    .createQueryBuilder()
    .insert()
    .into<ObjectLiteral>(metadata.target, inserted)
    .values([...alike])
    .orUpdate(overwritten, names(keys))
}

function isGiven(column: ColumnMetadata, entity: ObjectLiteral): boolean {
  return column.getEntityValue(entity) !== undefined
}

/** Those that give the same columns, as many as one statement takes. */
function portionsOf(
  metadata: EntityMetadata,
  entities: readonly ObjectLiteral[],
): readonly (readonly ObjectLiteral[])[] {
  const size = rowsPerStatement(metadata)
  const alike = new Map<string, ObjectLiteral[]>()
  for (const entity of entities) {
    const shape = metadata.columns.map(column => (isGiven(column, entity) ? '+' : '-')).join('')
    const known = alike.get(shape) ?? []
    alike.set(shape, known)
    known.push(entity)
  }
  return [...alike.values()].flatMap(each => portions(each, size))
}
