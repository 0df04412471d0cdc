import type { OrderTerm } from '../ast/order-term'
import {
  type EntitySelection,
  entities,
  foldedNames,
  joinAll,
  order,
  orderKeys,
  type Range,
  restricted,
  type SelectBuilder,
} from './entity-builder'
import { behind } from './keyset'
import type { OrderKey } from './order-key'
import { holdsNumbers } from './plain-columns'
import type { PropertyReferences } from './property-references'
import { type RowSelection, valuesBuilder } from './row-builder'
import type { CallValues, QueryParameters } from './values'

/** Which keys of a place are missing, in the order of the keys. */
export type MissingKeys = readonly boolean[]

/** Those of the place that a call names; `undefined` for the beginning of the order. */
export function missingKeys({ cursor }: CallValues): MissingKeys | undefined {
  return cursor?.map(key => key === null)
}

/** What tells the texts of windows apart. */
export function windowKind(isNull: MissingKeys | undefined): `window ${string}` {
  return `window ${isNull?.join() ?? 'first'}`
}

/**
 * The entities behind a place in the selection's order, which is total: no two rows are level in it. The keys of the place
 * are those of `call`; `isNull` says which are missing, and is `undefined` for the beginning of the order. Behind the columns
 * of the entities, rows have their own keys, as exact as the database can say them.
 */
export function windowBuilder(
  selection: EntitySelection,
  call: QueryParameters,
  isNull: MissingKeys | undefined,
  range: Range,
): SelectBuilder {
  const { builder, references } = restricted(selection, call)
  place(builder, references, { selection, call, isNull })
  return entities(builder, selection, range)
}

/** The same of rows of single values. */
export function rowWindowBuilder(
  selection: RowSelection,
  call: QueryParameters,
  isNull: MissingKeys | undefined,
  { limit }: Range,
): SelectBuilder {
  const { builder, references, texts } = valuesBuilder(selection, call)
  // DISTINCT would compare the keys too, whose texts may differ where values are equal: 1.0 and 1.00.
  if (selection.distinct) for (const text of texts) builder.addGroupBy(text)
  place(builder, references, { selection, call, isNull })
  return builder.limit(limit)
}

/** The name of a key of the order among the columns of a window. */
export function keyName(at: number): string {
  return `ambit_key_${at}`
}

/** The columns of a window behind those that were asked for. */
export function placeNames(terms: readonly OrderTerm[]): readonly string[] {
  return [...terms.map((_, at) => keyName(at)), ...foldedNames(terms)]
}

interface Placing {
  readonly selection: EntitySelection
  readonly call: QueryParameters
  readonly isNull: MissingKeys | undefined
}

/** Rows behind that place, in their order, each with its keys; the last that a builder is given before its range. */
function place(builder: SelectBuilder, references: PropertyReferences, { selection, call, isNull }: Placing): void {
  const keys = orderKeys(selection, references)
  if (isNull) {
    const from = { isNull, value: (at: number) => `:${keyName(at)}` }
    builder.andWhere(`(${behind(keys, from)})`, keyParameters(call, isNull))
  }
  keys.forEach((key, at) => builder.addSelect(exactKey(selection, key), keyName(at)))
  keys.forEach((key, at) => order(builder, key, at))
  joinAll(builder, references)
}

function keyParameters(call: QueryParameters, isNull: MissingKeys): Readonly<Record<string, unknown>> {
  return Object.fromEntries(isNull.flatMap((missing, at) => (missing ? [] : [[keyName(at), call.key(at)] as const])))
}

function exactKey(
  { dataSource: { driver }, dialect }: EntitySelection,
  { text, column, ignoreCase }: OrderKey,
): string {
  return dialect.exactKey(text, !ignoreCase && holdsNumbers(driver, column))
}
