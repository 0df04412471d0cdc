import type { RepositoryOf } from './entity-of.types'
import type { QueryProblem, QueryShape } from './query-problem.types'

/**
 * A decorator that a wrong declaration cannot have: its first parameter then is a sentence instead of the class, and the
 * compiler shows it where the decorator stands.
 */
export type CheckedDecorator<Q extends QueryShape> = <C extends object, Member extends string | symbol>(
  target: Accepted<QueryProblem<Q, C, Member>, C & RepositoryOf<Q['entity']>, Member>,
  member: Member,
  descriptor?: PropertyDescriptor,
) => void

/** Editors show the beginning of a long message, so the method's name comes first. */
type Accepted<Problem extends string, C, Member> = [Problem] extends [never]
  ? C
  : `ambit: ${Member & string}: ${Problem}`
