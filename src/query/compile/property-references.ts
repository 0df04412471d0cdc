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
    const alias = `${owner}__${relation.propertyPath.replaceAll('.', '_')}`
    this.#joins.set(alias, { relation, owner, alias })
    return alias
  }
}

/** As TypeORM's query builder reads it. A relation's own column is addressed by the relation's path. */
function asProperty(alias: string, { relationMetadata, propertyPath }: ColumnMetadata): string {
  const own = relationMetadata?.joinColumns.length === 1 ? relationMetadata.propertyPath : undefined
  const property = own ?? propertyPath
  return alias === '' ? property : `${alias}.${property}`
}
