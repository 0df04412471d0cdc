import type { EntityMetadata } from 'typeorm'
import type { Predicate } from '../ast/predicate'
import { sizeOf } from '../ast/predicate-size'
import { simplifyPredicate } from '../ast/simplify-predicate'
import { coercePredicate } from '../compile/coerce-predicate'
import type { CompileTarget } from '../compile/predicate-compiler'
import { InvalidQueryNodeError } from '../errors'
import { requireProperties, requireReadable } from './query-problems'

/**
 * The conditions of the running program as they may be compiled, wherever they are then used: of properties that there are,
 * with values that their columns take, simple, and no larger than databases can compile.
 *
 * @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`, QueryDeclarationError `AMBIT_QUERY_COLLECTION`,
 * QueryValueError `AMBIT_QUERY_VALUE`, InvalidQueryNodeError `AMBIT_QUERY_TOO_LARGE`, PropertyNotAllowedError
 * `AMBIT_QUERY_NOT_ALLOWED`
 */
export function checkedPredicate(target: CompileTarget, predicate: Predicate, label: string): Predicate {
  requireSize(predicate, label, DEEPEST_WALK)
  const { dataSource, dialect, metadata } = target
  requireProperties({ dataSource, dialect, metadata, predicate, order: [] }, label)
  const simple = simplifyPredicate(coercePredicate(target, predicate, label))
  requireSize(simple, label, MAX_DEPTH)
  return simple
}

/** A misspelt name on a list of what is open is the program's mistake, and not that of the first request to use it. */
export function requireOpened(metadata: EntityMetadata, paths: readonly string[] | undefined, label: string): void {
  for (const path of paths ?? []) requireReadable(metadata, path, label)
}

function requireSize(predicate: Predicate, label: string, maxDepth: number): void {
  const { depth, conditions } = sizeOf(predicate)
  if (depth <= maxDepth && conditions <= MAX_CONDITIONS) return
  throw new InvalidQueryNodeError('AMBIT_QUERY_TOO_LARGE', {
    what: `The query has ${String(conditions)} conditions, ${String(depth)} levels deep; at most ${String(MAX_CONDITIONS)} and ${String(MAX_DEPTH)} can be compiled.`,
    where: label,
    next: "Pass many values as one list, as in in('id', ids).",
  })
}

/** What the oldest parsers take of groups within groups, of any width and in any order. */
const MAX_DEPTH = 10
const MAX_CONDITIONS = 10_000
/** What has yet to be made simple may nest deeper, as far as our own steps go. */
const DEEPEST_WALK = 500
