import { InvalidQueryNodeError } from '../errors'

/** The error for a node built from parts that mean nothing. */
export function invalidNode(what: string, next: string): InvalidQueryNodeError {
  return new InvalidQueryNodeError('AMBIT_QUERY_INVALID_NODE', { what, next })
}
