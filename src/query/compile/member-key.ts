import type { EntityMetadata } from 'typeorm'
import { QueryParameterError } from '../errors'
import type { ColumnMetadata } from './metadata-types'
import { isEntity } from './values'

/** Reads one column of a key out of what is looked for in a collection: an entity, an object of its key, or the key itself. */
export function memberKey(
  { name, primaryColumns }: EntityMetadata,
  column: ColumnMetadata,
): (value: unknown) => unknown {
  const composite = primaryColumns.length > 1
  return value => {
    const part: unknown = isEntity(value) ? column.getEntityValue(value) : composite ? undefined : value
    if (part === undefined || part === null) throw noMember(name)
    return part
  }
}

/** Without a key, "no element is it" would be true of every row. */
function noMember(entity: string): QueryParameterError {
  return new QueryParameterError(
    'AMBIT_QUERY_PARAMETER_MEMBER',
    {
      what: `What is looked for in a collection of ${entity} has no key.`,
      next: `Pass a ${entity} that is stored, or its key; to test for no elements, use 'is empty'.`,
    },
    [],
  )
}
