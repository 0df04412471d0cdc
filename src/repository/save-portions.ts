import type { DataSource, EntityMetadata, ObjectLiteral, Repository } from 'typeorm'
import { findsKeysInOneList, keysAtATime } from '../query/compile/keys-at-a-time'
import { withCascades } from './new-entities'
import { portions, rowsPerStatement } from './portions'

type Orm = Repository<ObjectLiteral>

/**
 * Entities as TypeORM can save them together, one portion after the other: no statement holds more values than a database
 * takes, and what an entity refers to is never saved behind it.
 */
export async function savePortions(
  dataSource: DataSource,
  orm: Orm,
  entities: readonly ObjectLiteral[],
): Promise<readonly (readonly ObjectLiteral[])[]> {
  const size = portionSize(orm.metadata, entities)
  const alone = await insertedAlone(dataSource, orm, entities)
  if (alone.size === 0 && entities.length <= size) return [entities]
  const made: ObjectLiteral[][] = []
  let open: ObjectLiteral[] | undefined
  for (const entity of referredFirst(orm.metadata, entities)) {
    if (alone.has(entity)) {
      made.push([entity])
      open = undefined
    } else {
      if (open === undefined || open.length >= size) made.push((open = []))
      open.push(entity)
    }
  }
  return made
}

/** As many as one statement of each kind takes, with what cascades bring along; TypeORM looks up their keys first. */
function portionSize(metadata: EntityMetadata, entities: readonly ObjectLiteral[]): number {
  const statements = [...withCascades(metadata, entities)].map(([of, all]) => all.length / rowsPerStatement(of))
  const size = Math.floor(entities.length / Math.max(1, ...statements))
  return Math.max(1, findsKeysInOneList(metadata) ? size : Math.min(size, keysAtATime(metadata)))
}

/**
 * The new entities whose key was given, on SQLite: of several rows it tells the id of the last only, from which TypeORM counts
 * back, and it takes their defaults in the order of their keys.
 */
async function insertedAlone(
  { options }: DataSource,
  orm: Orm,
  entities: readonly ObjectLiteral[],
): Promise<ReadonlySet<ObjectLiteral>> {
  const { metadata } = orm
  const isTold = options.type === 'postgres' || metadata.getInsertionReturningColumns().length === 0
  if (isTold || entities.length < 2) return new Set()
  const keyed = entities.filter(entity => metadata.getEntityIdMap(entity) !== undefined)
  const stored = new Set<string>()
  for (const some of portions(keyed, keysAtATime(metadata))) {
    const builder = orm
      .createQueryBuilder(ALIAS)
      .select(metadata.primaryColumns.map(({ propertyPath }) => `${ALIAS}.${propertyPath}`))
      .withDeleted()
      .whereInIds(some.map(entity => metadata.getEntityIdMap(entity)))
    const rows = await builder.callListeners(false).setOption('create-pojo').getMany()
    for (const row of rows) stored.add(keyText(metadata, row))
  }
  return new Set(keyed.filter(entity => !stored.has(keyText(metadata, entity))))
}

/** A key that only looks different makes its entity one that is saved alone, and nothing else comes of it. */
function keyText({ primaryColumns }: EntityMetadata, entity: ObjectLiteral): string {
  return primaryColumns.map(column => String(column.getEntityValue(entity))).join('\0')
}

/** Those that others of them refer to, before these: TypeORM sorts what it saves together, and that alone. */
function referredFirst(metadata: EntityMetadata, entities: readonly ObjectLiteral[]): Iterable<ObjectLiteral> {
  const own = metadata.relations.filter(({ inverseEntityMetadata: { tablePath } }) => tablePath === metadata.tablePath)
  if (own.length === 0) return entities
  const given = givenAs(metadata, entities)
  const sorted = new Set<ObjectLiteral>()
  const seen = new Set<ObjectLiteral>()
  const visit = (entity: ObjectLiteral): void => {
    if (seen.has(entity)) return
    seen.add(entity)
    for (const relation of own) given(relation.getEntityValue(entity)).forEach(visit)
    sorted.add(entity)
  }
  entities.forEach(visit)
  return sorted
}

/** Which of the entities a relation holds: the very objects, others with their keys, or the keys. */
function givenAs(
  metadata: EntityMetadata,
  entities: readonly ObjectLiteral[],
): (related: unknown) => readonly ObjectLiteral[] {
  const given = new Set(entities)
  const byKey = new Map(entities.map(entity => [keyText(metadata, entity), entity] as const))
  const find = (each: unknown): ObjectLiteral | undefined => {
    if (isObject(each)) return given.has(each) ? each : byKey.get(keyText(metadata, each))
    return typeof each === 'string' || typeof each === 'number' ? byKey.get(String(each)) : undefined
  }
  return related => {
    const all: readonly unknown[] = Array.isArray(related) ? related : [related]
    return all.map(find).filter(each => each !== undefined)
  }
}

function isObject(value: unknown): value is ObjectLiteral {
  return typeof value === 'object' && value !== null
}

const ALIAS = 'stored'
