import type { DeepPartial, EntityMetadata, ObjectLiteral, Repository } from 'typeorm'

type RelationMetadata = EntityMetadata['relations'][number]

/**
 * An entity with what an object has, as TypeORM's `create`, which throws for a relation whose property is a column itself (a
 * `@PrimaryColumn()` on a `@OneToOne()`): it puts the key there first, and then the properties of the other entity into it.
 */
export function madeEntity<T extends ObjectLiteral>(orm: Repository<T>, given: DeepPartial<T>): T {
  const relations = relationsInColumns(orm.metadata)
  return relations.length === 0 ? orm.create(given) : (madeApart(orm, relations, Object(given) as T) as T)
}

/** Those relations apart from the rest. */
function madeApart(
  orm: Pick<Repository<ObjectLiteral>, 'create' | 'manager'>,
  relations: readonly RelationMetadata[],
  given: ObjectLiteral,
): ObjectLiteral {
  const others = Object.assign(Object.create(Object.getPrototypeOf(given) as object | null) as ObjectLiteral, given)
  for (const { propertyName } of relations) Reflect.deleteProperty(others, propertyName)
  const made = orm.create(others)
  for (const { propertyName, inverseEntityMetadata } of relations) {
    const related = given[propertyName] as unknown
    if (related === undefined) continue
    const isObject = typeof related === 'object' && related !== null
    made[propertyName] = isObject
      ? madeEntity(orm.manager.getRepository<ObjectLiteral>(inverseEntityMetadata.target), related)
      : related
  }
  return made
}

const known = new WeakMap<EntityMetadata, readonly RelationMetadata[]>()

function relationsInColumns(metadata: EntityMetadata): readonly RelationMetadata[] {
  let relations = known.get(metadata)
  if (relations === undefined) known.set(metadata, (relations = metadata.relations.filter(isInColumn)))
  return relations
}

function isInColumn({ joinColumns, propertyPath, embeddedMetadata, isLazy }: RelationMetadata): boolean {
  return (
    embeddedMetadata === undefined &&
    !isLazy &&
    joinColumns.some(column => !column.isVirtual && column.propertyPath === propertyPath)
  )
}
