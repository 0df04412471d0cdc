import type { EntityMetadata, ObjectLiteral } from 'typeorm'
import { after, type Prompt } from '../../core/prompt'
import { ArgumentNode } from '../ast/argument-node'
import { allOf } from '../ast/combine'
import { ComparisonNode } from '../ast/comparison-node'
import type { Operand } from '../ast/operand'
import type { Predicate } from '../ast/predicate'
import type { CallValues } from '../compile/values'
import { loadsPlainly } from '../plan/eligibility'
import type { UpdateSet } from '../plan/update-plans'
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

  find(key: readonly unknown[]): Prompt<ObjectLiteral | null> {
    return after(this.#query.select(valuesOf(key), ONE), ([found]) => found ?? null)
  }

  exists(key: readonly unknown[]): Prompt<boolean> {
    return this.#query.exists(valuesOf(key))
  }

  /** Deletes in one statement; answers how many rows went. */
  delete(key: readonly unknown[]): Prompt<number> {
    return this.#query.delete(valuesOf(key))
  }

  /** Sets columns in one statement; answers how many rows have them now. */
  update(key: readonly unknown[], set: UpdateSet): Prompt<number> {
    return this.#query.update(valuesOf(key), set)
  }

  /** What it sends for that. */
  textOf(kind: 'select' | 'exists' | 'delete'): string {
    return this.#query.textOf(kind, kind === 'select' ? ONE : {})
  }

  /** Whether finding is one statement and nothing else, at this moment. */
  selectsAlone(): boolean {
    return this.#query.selectsAlone()
  }

  /** Whether deleting is one statement and nothing else, at this moment. */
  deletesAlone(): boolean {
    return this.#query.deletesAlone()
  }

  /** Whether updating is one statement and nothing else, at this moment. */
  updatesAlone(): boolean {
    return this.#query.updatesAlone()
  }
}

const ONE = { limit: 1 } as const

const byContext = new WeakMap<QueryContext, KeyQuery | 'none'>()

function valuesOf(key: readonly unknown[]): CallValues {
  return { named: {}, positional: key }
}

/** The key's columns equal what stands for their values: without `operand` the arguments of their places. */
export function keyPredicate(
  { primaryColumns }: EntityMetadata,
  operand: (place: number) => Operand = place => ArgumentNode.create(place),
): Predicate | undefined {
  return allOf(
    primaryColumns.map(({ propertyPath }, place) => ComparisonNode.create('eq', propertyPath, operand(place))),
  )
}
