import { createHash } from 'node:crypto'
import type { EntityMetadata } from 'typeorm'
import type { ColumnMetadata, RelationMetadata } from './metadata-types'
import { type CollectionPath, resolveCollection, resolveProperty } from './entity-properties'

/** A relation to one that a query must join to read a property. */
export interface Join {
  readonly relation: RelationMetadata
  /** The alias of the row that has the relation. */
  readonly owner: string
  readonly alias: string
}

/** A collection, and the alias of the row that has it. */
export interface OwnedCollection {
  readonly relation: RelationMetadata
  readonly owner: string
}

/** How a column of an alias is written. */
export type ColumnWriter = (alias: string, column: ColumnMetadata) => string

/** What the paths of a predicate stand for. */
export interface References {
  readonly alias: string
  readonly joins: readonly Join[]
  /** What is written for a path that start-up has checked, and the column whose values it is compared with. */
  column(path: string): { text: string; column: ColumnMetadata }
  /** The first collection that a path ends at or goes through. */
  collectionAt(path: string): CollectionPath | undefined
  /** The collection that a path ends at, its owner joined. */
  collection(path: string): OwnedCollection
}

/** Turns property paths into references of aliases, and collects the joins they need; each relation is joined once. */
export class PropertyReferences implements References {
  readonly alias: string
  readonly #metadata: EntityMetadata
  readonly #write: ColumnWriter
  readonly #joins = new Map<string, Join>()

  /** `alias`: empty where the statement knows none. */
  constructor(metadata: EntityMetadata, alias: string, write: ColumnWriter = asProperty) {
    this.#metadata = metadata
    this.alias = alias
    this.#write = write
  }

  get joins(): readonly Join[] {
    return [...this.#joins.values()]
  }

  /** The reference of a path that start-up has checked. */
  column(path: string, write: ColumnWriter = this.#write): { text: string; column: ColumnMetadata; joined: boolean } {
    const resolved = resolveProperty(this.#metadata, path)
    if (resolved === undefined) throw new TypeError(`unchecked property path '${path}'`)
    const { column, relations } = resolved
    return { text: write(this.#joinAll(relations), column), column, joined: relations.length > 0 }
  }

  collectionAt(path: string): CollectionPath | undefined {
    return resolveCollection(this.#metadata, path)
  }

  collection(path: string): OwnedCollection {
    const found = this.collectionAt(path)
    if (found === undefined) throw new TypeError(`unchecked path of a collection '${path}'`)
    return { relation: found.collection, owner: this.#joinAll(found.relations) }
  }

  #joinAll(relations: readonly RelationMetadata[]): string {
    let alias = this.alias
    for (const relation of relations) alias = this.#join(alias, relation)
    return alias
  }

  #join(owner: string, relation: RelationMetadata): string {
    const alias = joinedAs(owner, relation)
    this.#joins.set(alias, { relation, owner, alias })
    return alias
  }
}

/**
 * Another name for each path: a property has no '-' in its name, so that can stand for a dot, and behind a '_' tell it from a
 * step. TypeORM joins eager relations by the name of their last property: where two have the same, it is left to TypeORM.
 */
function joinedAs(owner: string, relation: RelationMetadata): string {
  const { propertyName, propertyPath, entityMetadata } = relation
  const shared = entityMetadata.relations.some(each => each !== relation && each.propertyName === propertyName)
  const name = propertyPath.replaceAll('_', '_-').replaceAll('.', '-')
  const alias = `${owner}__${name}${shared ? '-' : ''}`
  // Databases cut names that are longer.
  return Buffer.byteLength(alias) <= MAX_BYTES ? alias : digestOf(alias)
}

function digestOf(alias: string): string {
  return `ambit_${createHash('sha256').update(alias).digest('hex').slice(0, 32)}`
}

const MAX_BYTES = 63

/** As TypeORM's query builder reads it. A relation's own column is addressed by the relation's path. */
function asProperty(alias: string, { relationMetadata, propertyPath }: ColumnMetadata): string {
  const own = relationMetadata?.joinColumns.length === 1 ? relationMetadata.propertyPath : undefined
  const property = own ?? propertyPath
  return alias === '' ? property : `${alias}.${property}`
}
