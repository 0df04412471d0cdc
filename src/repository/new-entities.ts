import type { EntityMetadata, ObjectLiteral } from 'typeorm'

type RelationMetadata = EntityMetadata['relations'][number]

/** Whether there can be no row of it yet: the database makes its key, and has not. */
export function isNew({ primaryColumns }: EntityMetadata, entity: ObjectLiteral): boolean {
  const missing = primaryColumns.every(column => column.isGenerated && column.getEntityValue(entity) === undefined)
  return primaryColumns.length > 0 && missing
}

/** Whether saving a new entity is storing one row: its relations name rows that are there, and nothing has to follow it. */
export function goesAlone({ relations }: EntityMetadata, entity: ObjectLiteral): boolean {
  return relations.every(relation => {
    const related = relation.getEntityValue(entity) as unknown
    if (related === undefined) return true
    if (!relation.isWithJoinColumn) return false
    if (related === null) return true
    return typeof related === 'object' && !isCascaded(relation) && isStored(relation, related, entity)
  })
}

/** What a key says, as far as that can be seen; a relation to its own kind may be to one that is saved with it. */
function isStored(
  { joinColumns, inverseEntityMetadata, entityMetadata }: RelationMetadata,
  related: object,
  entity: ObjectLiteral,
): boolean {
  if (inverseEntityMetadata === entityMetadata || related instanceof Promise) return false
  return joinColumns.every(column => (column.getEntityValue(entity) ?? undefined) !== undefined)
}

function isCascaded({ isCascadeInsert, isCascadeUpdate }: RelationMetadata): boolean {
  return isCascadeInsert || isCascadeUpdate
}

/** Whether TypeORM writes others with entities of that kind. */
export function cascades({ relations }: EntityMetadata): boolean {
  return relations.some(takesAlong)
}

function takesAlong(relation: RelationMetadata): boolean {
  return isCascaded(relation) || relation.isCascadeRemove
}

/** The entities, and those that TypeORM writes with them, by what they are. */
export function withCascades(
  metadata: EntityMetadata,
  entities: readonly ObjectLiteral[],
): ReadonlyMap<EntityMetadata, readonly ObjectLiteral[]> {
  const found = new Map<EntityMetadata, ObjectLiteral[]>()
  const seen = new Set<ObjectLiteral>()
  const visit = (of: EntityMetadata, entity: ObjectLiteral): void => {
    if (seen.has(entity)) return
    seen.add(entity)
    const alike = found.get(of) ?? []
    alike.push(entity)
    found.set(of, alike)
    for (const relation of of.relations) {
      if (takesAlong(relation))
        for (const related of objectsIn(relation.getEntityValue(entity))) visit(relation.inverseEntityMetadata, related)
    }
  }
  for (const entity of entities) visit(metadata, entity)
  return found
}

function objectsIn(related: unknown): readonly ObjectLiteral[] {
  const all: readonly unknown[] = Array.isArray(related) ? related : [related]
  return all.filter((each): each is ObjectLiteral => typeof each === 'object' && each !== null)
}
