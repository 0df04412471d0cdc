import type { EntityMetadata } from 'typeorm'
import { allOf } from '../ast/combine'
import { propertyPathsOf } from '../ast/conditions'
import { NullTestNode } from '../ast/null-test-node'
import type { Predicate } from '../ast/predicate'

/**
 * The predicate of an UPDATE or a DELETE by conditions: of the rows that reads see. Those that are deleted softly are left
 * alone, unless the conditions speak of their date. `undefined`: every row.
 */
export function writableRows(metadata: EntityMetadata, predicate: Predicate | undefined): Predicate | undefined {
  const path = metadata.deleteDateColumn?.propertyPath
  if (path === undefined || (predicate && propertyPathsOf(predicate).includes(path))) return predicate
  const alive = NullTestNode.create(path)
  return allOf(predicate ? [predicate, alive] : [alive])
}
