import type { EntityMetadata, ObjectLiteral, Repository } from 'typeorm'
import type { Prompt } from '../core/prompt'
import { together } from '../data-source/statements/together'
import { InsertQuery } from '../query/execute/insert-query'
import type { QueryContext } from '../query/execute/query-context'
import { GeneratedValues } from '../query/plan/generated-values'
import { restoreOnRollback } from '../query/plan/written-values'
import { cascades, goesAlone, isNew, withCascades } from './new-entities'
import { portions, rowsPerStatement } from './portions'
import { savePortions } from './save-portions'
import { holdVersions } from './versions'

type Orm = Repository<ObjectLiteral>

/** Inserts all, or none, by the quickest way that does what TypeORM does. */
export async function insertAll(context: QueryContext, orm: Orm, entities: readonly ObjectLiteral[]): Promise<void> {
  await together(context.dataSource, async () => {
    if (await insertedPlainly(context, entities)) return
    restoreOnRollback(context.dataSource, orm.metadata, entities)
    // SQLite tells the id of the last row only, and TypeORM takes the others' to be those before it.
    const size = context.dataSource.options.type === 'postgres' ? rowsPerStatement(orm.metadata) : 1
    const generated = new GeneratedValues(context.dataSource, orm.metadata)
    for (const some of portions(entities, size)) generated.readAll(some, await orm.insert([...some]))
  })
}

/** The entities of a write, and the method that it is for. */
export interface EntityWrite {
  readonly entities: readonly ObjectLiteral[]
  readonly label: string
}

/** Saves all, or none: those that are new for certain by INSERT, the others by looking first, as TypeORM does. */
export async function saveAll(context: QueryContext, orm: Orm, { entities, label }: EntityWrite): Promise<void> {
  const each = [...new Set(entities)]
  await together(context.dataSource, async () => {
    await hold(context, orm.metadata, each, label)
    await saveEach(context, orm, each)
  })
}

/** Removes all, or none, of the versions that were loaded, with TypeORM's listeners and cascades. */
export async function removeAll(context: QueryContext, orm: Orm, { entities, label }: EntityWrite): Promise<void> {
  const each = [...new Set(entities)]
  await together(context.dataSource, async () => {
    await hold(context, orm.metadata, each, label)
    for (const [of, removed] of withCascades(orm.metadata, each)) restoreOnRollback(context.dataSource, of, removed)
    await orm.remove(each)
  })
}

/** The versions of the entities, and of those that they take along. */
async function hold(
  context: QueryContext,
  metadata: EntityMetadata,
  entities: readonly ObjectLiteral[],
  label: string,
): Promise<void> {
  if (metadata.versionColumn === undefined && !cascades(metadata)) return
  for (const [of, written] of withCascades(metadata, entities)) {
    if (of.versionColumn === undefined) continue
    const given = new Set(of === metadata ? entities : [])
    const taken = written.filter(entity => !given.has(entity))
    await holdVersions(context, of, [...given], { label, cascaded: false })
    await holdVersions(context, of, taken, { label, cascaded: true })
  }
}

async function saveEach(context: QueryContext, orm: Orm, entities: readonly ObjectLiteral[]): Promise<void> {
  const { metadata } = orm
  const fresh = entities.filter(entity => isNew(metadata, entity))
  const plain = fresh.length > 0 && fresh.every(entity => goesAlone(metadata, entity))
  const inserted = plain && (await insertedPlainly(context, fresh))
  if (inserted) for (const entity of fresh) completeAsSaved(metadata, entity)
  const others = inserted ? without(entities, fresh) : entities
  if (others.length === 0) return
  for (const [of, written] of withCascades(metadata, others)) restoreOnRollback(context.dataSource, of, written)
  for (const some of await savePortions(context.dataSource, orm, others)) await orm.save([...some])
}

function without(entities: readonly ObjectLiteral[], some: readonly ObjectLiteral[]): readonly ObjectLiteral[] {
  if (some.length === entities.length) return []
  const left = new Set(some)
  return entities.filter(entity => !left.has(entity))
}

function insertedPlainly(context: QueryContext, entities: readonly ObjectLiteral[]): Prompt<boolean> {
  const query = InsertQuery.of(context)
  if (query === undefined) return false
  const [only, second] = entities
  return only !== undefined && second === undefined ? query.insert(only) : query.insertAll(entities)
}

/** TypeORM's `save`, other than its `insert`, leaves no nullable column of a new entity undefined. */
function completeAsSaved({ columns }: EntityMetadata, entity: ObjectLiteral): void {
  for (const column of columns) {
    if (!column.isNullable || column.isVirtual || column.isDeleteDate) continue
    if (column.getEntityValue(entity) === undefined) column.setEntityValue(entity, null)
  }
}
