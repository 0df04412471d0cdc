import type { DataSource, EntityMetadata, ObjectLiteral } from 'typeorm'
import type { Prompt } from '../core/prompt'
import { enterLockScope } from '../data-source/statements/lock-scope'
import { ArgumentNode } from '../query/ast/argument-node'
import { allOf } from '../query/ast/combine'
import { ComparisonNode } from '../query/ast/comparison-node'
import { EntityQuery } from '../query/execute/entity-query'
import { HeldRows } from '../query/execute/held-rows'
import type { QueryContext } from '../query/execute/query-context'

type ColumnMetadata = EntityMetadata['columns'][number]

/** Counts the entities that have a row with their values in some columns; those rows stay locked. */
export class RowCheck {
  readonly #columns: readonly ColumnMetadata[]
  readonly #dataSource: DataSource
  readonly #one: EntityQuery
  readonly #many: HeldRows

  constructor(context: QueryContext, metadata: EntityMetadata, columns: readonly ColumnMetadata[]) {
    const equal = columns.map(({ propertyPath }, at) =>
      ComparisonNode.create('eq', propertyPath, ArgumentNode.create(at)),
    )
    this.#columns = columns
    this.#dataSource = context.dataSource
    // What is deleted softly is overwritten, restored and deleted as well.
    const rows = { predicate: allOf(equal), order: [], lock: LOCK, withDeleted: true }
    this.#one = new EntityQuery({ ...context, metadata, ...rows })
    this.#many = new HeldRows(context, metadata, columns)
  }

  count(entities: readonly ObjectLiteral[]): Prompt<number> {
    if (entities.length === 0) return 0
    enterLockScope(this.#dataSource)
    return (entities.length > 1 ? this.#many.count(entities) : undefined) ?? this.#countEach(entities)
  }

  /** Everybody locks in the order of keys, so that nobody waits for somebody who waits for them. */
  async #countEach(entities: readonly ObjectLiteral[]): Promise<number> {
    const keys = entities.map(entity => this.#columns.map(column => column.getEntityValue(entity) as unknown))
    const sorted = keys.map(key => [key.map(String).join('\0'), key] as const).sort(([a], [b]) => (a < b ? -1 : 1))
    // Asked for together, they may go out together.
    const found = await Promise.all(sorted.map(async ([, positional]) => this.#one.exists({ named: {}, positional })))
    return found.filter(Boolean).length
  }
}

const LOCK = { mode: 'no-key-update', onLocked: 'wait' } as const
