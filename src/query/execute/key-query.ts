import type { EntityMetadata, ObjectLiteral } from 'typeorm'
import { ArgumentNode } from '../ast/argument-node'
import { allOf } from '../ast/combine'
import { ComparisonNode } from '../ast/comparison-node'
import type { Predicate } from '../ast/predicate'
import type { CallValues } from '../compile/values'
import { loadsPlainly } from '../plan/eligibility'
import { EntityQuery } from './entity-query'
import type { QueryContext } from './query-context'

/** Finds, tests and deletes one entity by its primary key. The key's values are in the order of its columns. */
export class KeyQuery {
  readonly #query: EntityQuery

  private constructor(query: EntityQuery) {
    this.#query = query
  }

  /** `undefined` where TypeORM has to do more than one bare statement for an entity, or its key is no plain columns. */
  static of(context: QueryContext): KeyQuery | undefined {
    let known = byContext.get(context)
    if (known === undefined) byContext.set(context, (known = KeyQuery.#make(context) ?? 'none'))
    return known === 'none' ? undefined : known
  }

  static #make(context: QueryContext): KeyQuery | undefined {
    const { metadata, dataSource } = context
    if (metadata === undefined || !loadsPlainly(dataSource, metadata)) return undefined
    if (metadata.primaryColumns.some(column => column.relationMetadata !== undefined)) return undefined
    const predicate = keyPredicate(metadata)
    // Without a restriction it would be every row.
    return predicate && new KeyQuery(new EntityQuery({ ...context, metadata, predicate, order: [] }))
  }

  async find(key: readonly unknown[]): Promise<ObjectLiteral | null> {
    const [found] = await this.#query.select(valuesOf(key), { limit: 1 })
    return found ?? null
  }

  exists(key: readonly unknown[]): Promise<boolean> {
    return this.#query.exists(valuesOf(key))
  }

  /** Deletes in one statement; answers how many rows went. */
  delete(key: readonly unknown[]): Promise<number> {
    return this.#query.delete(valuesOf(key))
  }

  /** Whether deleting is one statement and nothing else, at this moment. */
  deletesAlone(): boolean {
    return this.#query.deletesAlone()
  }
}

const byContext = new WeakMap<QueryContext, KeyQuery | 'none'>()

function valuesOf(key: readonly unknown[]): CallValues {
  return { named: {}, positional: key }
}

function keyPredicate({ primaryColumns }: EntityMetadata): Predicate | undefined {
  const parts = primaryColumns.map(({ propertyPath }, index) =>
    ComparisonNode.create('eq', propertyPath, ArgumentNode.create(index)),
  )
  return allOf(parts)
}
