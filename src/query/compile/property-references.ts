import type { EntityMetadata } from 'typeorm'
import type { ColumnMetadata } from './metadata-types'
import { resolveProperty } from './entity-properties'

/** A relation that a query must join to read a property. */
export interface Join {
  /** `alias.property` of the owning side. */
  readonly relation: string
  readonly alias: string
}

/** Turns property paths into references of aliases, and collects the joins they need; each relation is joined once. */
export class PropertyReferences {
  readonly #metadata: EntityMetadata
  readonly #alias: string
  readonly #joins = new Map<string, Join>()

  /** `alias`: empty where the statement knows none. */
  constructor(metadata: EntityMetadata, alias: string) {
    this.#metadata = metadata
    this.#alias = alias
  }

  get joins(): readonly Join[] {
    return [...this.#joins.values()]
  }

  /** The reference of a path that start-up has checked. */
  column(path: string): { text: string; column: ColumnMetadata } {
    const resolved = resolveProperty(this.#metadata, path)
    if (resolved === undefined) throw new TypeError(`unchecked property path '${path}'`)
    let alias = this.#alias
    for (const { propertyPath } of resolved.relations) alias = this.#join(alias, propertyPath)
    const { column } = resolved
    // A relation's own column is addressed by the relation's path.
    const own = column.relationMetadata?.joinColumns.length === 1 ? column.relationMetadata.propertyPath : undefined
    const property = own ?? column.propertyPath
    return { text: alias === '' ? property : `${alias}.${property}`, column }
  }

  #join(owner: string, property: string): string {
    const relation = `${owner}.${property}`
    const alias = `${owner}__${property.replaceAll('.', '_')}`
    this.#joins.set(relation, { relation, alias })
    return alias
  }
}
