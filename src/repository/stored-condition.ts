import type { EntityMetadata } from 'typeorm'
import { pathElsewhere } from '../query/compile/own-columns'
import { DynamicQueries } from '../query/execute/dynamic-queries'
import type { QueryContext } from '../query/execute/query-context'
import { UpsertCondition } from '../query/execute/upsert-condition'
import { InvalidUpsertError } from './errors'
import type { RestrictingSpecification } from './predicates'

/**
 * What a row that is there must satisfy for an upsert to change it: a condition on its own columns, because ON CONFLICT sees
 * that one row and can join no other.
 *
 * @throws InvalidUpsertError `AMBIT_REPOSITORY_UPSERT`; as `DynamicQueries.checked`
 */
export function storedCondition(
  context: QueryContext,
  metadata: EntityMetadata,
  where: RestrictingSpecification,
  label: string,
): UpsertCondition {
  const checked = DynamicQueries.of(context).checked(where, label)
  const elsewhere = pathElsewhere(metadata, where.predicate)
  if (elsewhere !== undefined) throw storedElsewhere(metadata, elsewhere, label)
  const condition = checked && UpsertCondition.of(context, metadata, checked)
  if (condition !== undefined) return condition
  throw new InvalidUpsertError(
    `The condition on the ${metadata.name} that is there has a value that cannot be bound.`,
    label,
    'Compare with a value of the type of the column.',
  )
}

function storedElsewhere({ name }: EntityMetadata, path: string, label: string): InvalidUpsertError {
  return new InvalidUpsertError(
    `The condition on the ${name} that is there speaks of '${path}', which is stored in another row.`,
    label,
    `Use columns of ${name} itself; of a relation to one that is its key.`,
  )
}
