import type { EntityMetadata } from 'typeorm'
import { BoundParameters } from '../compile/bound-parameters'
import { quotedColumn } from '../compile/element-select'
import { PredicateCompiler } from '../compile/predicate-compiler'
import { PropertyReferences } from '../compile/property-references'
import { OwnedMap } from '../plan/owned-map'
import { slotsLike } from '../plan/slot'
import { type ValueBinder, valueBinder } from '../plan/statement-plan'
import { renderNamedParameters } from '../sql/render-named-parameters'
import { scanNamedParameters } from '../sql/scan-named-parameters'
import type { SqlSegment } from '../sql/sql-segment'
import type { CheckedPredicate } from './dynamic-queries'
import type { QueryContext } from './query-context'

/** What a stored row must satisfy for an upsert to change it, as it stands behind `DO UPDATE SET …`. */
export class UpsertCondition {
  /** The same for all that differ only in their values. */
  readonly key: string
  readonly values: readonly unknown[]
  readonly #segments: readonly SqlSegment[]
  readonly #context: QueryContext

  private constructor(context: QueryContext, { text: key }: CheckedPredicate, condition: ReadyCondition) {
    this.key = key
    this.values = condition.values
    this.#segments = condition.segments
    this.#context = context
  }

  /** For a predicate over the entity's own columns; `undefined` for values that only TypeORM could write. */
  static of(context: QueryContext, metadata: EntityMetadata, checked: CheckedPredicate): UpsertCondition | undefined {
    const { segments, bind } = compiled.of(context, checked.text, () => compile(context, metadata, checked))
    const values = bind({ named: checked.values, positional: [] })
    return values && new UpsertCondition(context, checked, { segments, values })
  }

  /** `before`: how many values of the statement come before those of the condition. */
  textAt(before: number): string {
    return renderNamedParameters(this.#segments, this.#context.dialect.placeholders, before).sql
  }
}

interface ReadyCondition {
  readonly segments: readonly SqlSegment[]
  readonly values: readonly unknown[]
}

interface CompiledCondition {
  readonly segments: readonly SqlSegment[]
  readonly bind: ValueBinder
}

/** Such a statement knows the stored row by the name of its table. */
function compile(
  { dataSource, dialect }: QueryContext,
  metadata: EntityMetadata,
  { predicate }: CheckedPredicate,
): CompiledCondition {
  const references = new PropertyReferences(metadata, metadata.tableName, quotedColumn(dataSource.driver))
  const bound = new BoundParameters(slotsLike({ named: {}, positional: [] }))
  const { text, parameters } = new PredicateCompiler({ dataSource, metadata, dialect }, references, bound).compile(
    predicate,
  )
  const { segments } = scanNamedParameters(text)
  const { names } = renderNamedParameters(segments, dialect.placeholders)
  const slots = names.map(name => parameters[name])
  return { segments, bind: valueBinder(dataSource, slots) }
}

/** Conditions may come with requests: some shapes are usual, and nobody may fill the memory with others. */
const SHAPES_PER_ENTITY = 64
const compiled = new OwnedMap<QueryContext, CompiledCondition>(SHAPES_PER_ENTITY)
