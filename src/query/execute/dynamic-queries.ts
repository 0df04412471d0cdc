import type { EntityMetadata, ObjectLiteral } from 'typeorm'
import type { Prompt } from '../../core/prompt'
import { type LiftedPredicate, liftValues } from '../ast/lift-values'
import { OrderTerm } from '../ast/order-term'
import type { Predicate } from '../ast/predicate'
import { sizeOf } from '../ast/predicate-size'
import { printOrder, printPredicate } from '../ast/print-query'
import { constantOf, simplifyPredicate } from '../ast/simplify-predicate'
import type { Specification } from '../builder/specification'
import { coercePredicate, requireSortable } from '../compile/coerce-predicate'
import type { Range } from '../compile/entity-builder'
import type { CallValues } from '../compile/values'
import { InvalidQueryNodeError } from '../errors'
import type { SortTerm } from '../paging/sort-term'
import { BoundedMap } from '../plan/bounded-map'
import { EntityQuery } from './entity-query'
import type { QueryContext } from './query-context'
import { requireMetadata, requireProperties, requireReadable } from './query-problems'

/** A query that is made as the program runs. */
export interface DynamicRequest {
  /** `undefined`: unrestricted. A specification of any entity: its properties are checked. */
  readonly specification?: Specification<never> | undefined
  readonly order?: readonly SortTerm[] | undefined
}

/**
 * The queries of one repository that are made as the program runs. Those that differ in nothing but their values share one
 * query, and so the statements that it has made; a specification that comes again is not looked at twice.
 */
export class DynamicQueries {
  readonly #context: QueryContext
  readonly #queries = new BoundedMap<EntityQuery>(QUERIES_PER_REPOSITORY)
  /** Predicates are immutable, and made for one entity. */
  readonly #checked = new WeakMap<Predicate, CheckedPredicate>()
  readonly #opened = new WeakSet<readonly string[]>()

  private constructor(context: QueryContext) {
    this.#context = context
  }

  static of(context: QueryContext): DynamicQueries {
    const known = byContext.get(context)
    if (known) return known
    const made = new DynamicQueries(context)
    byContext.set(context, made)
    return made
  }

  /**
   * Checks a request against the entity, before any SQL, and finds or makes its query.
   *
   * @param label whose request it is, for messages: 'UserRepository.findMany'
   * @throws UnknownPropertyError `AMBIT_QUERY_UNKNOWN_PROPERTY`, QueryDeclarationError `AMBIT_QUERY_UNSUPPORTED`,
   * QueryValueError `AMBIT_QUERY_VALUE`, InvalidQueryNodeError `AMBIT_QUERY_TOO_LARGE`, PropertyNotAllowedError
   * `AMBIT_QUERY_NOT_ALLOWED`
   */
  prepare({ specification, order: terms = [] }: DynamicRequest, label: string): DynamicQuery {
    const metadata = requireMetadata(this.#context, label)
    const predicate = specification?.predicate
    this.#requireOpened(metadata, specification?.['~openTo'], label)
    const lifted = predicate && this.#lifted(metadata, predicate, label)
    const order = this.#order(metadata, terms, label)
    const query = this.#queries.of(`${lifted?.text ?? ''} order by ${printOrder(order)}`, () => {
      return new EntityQuery({ ...this.#context, metadata, predicate: lifted?.predicate, order })
    })
    return new DynamicQuery(query, lifted ?? EVERY_ROW)
  }

  /** A predicate as {@link prepare} takes it, for a query of another kind: checked, simple, and without its values. */
  checked(predicate: Predicate, label: string): LiftedPredicate {
    return this.#lifted(requireMetadata(this.#context, label), predicate, label)
  }

  #lifted(metadata: EntityMetadata, predicate: Predicate, label: string): CheckedPredicate {
    const known = this.#checked.get(predicate)
    if (known) return known
    const target = { ...this.#context, metadata }
    requireSize(predicate, label, DEEPEST_WALK)
    requireProperties({ ...target, predicate, order: [] }, label)
    const simple = simplifyPredicate(coercePredicate(target, predicate, label))
    requireSize(simple, label, MAX_DEPTH)
    const lifted = liftValues(simple)
    const made = { ...lifted, text: printPredicate(lifted.predicate), isRestricted: constantOf(simple) !== true }
    this.#checked.set(predicate, made)
    return made
  }

  /** A misspelt name on a list of what is open is the program's mistake, and not that of the first request to use it. */
  #requireOpened(metadata: EntityMetadata, paths: readonly string[] | undefined, label: string): void {
    if (paths === undefined || this.#opened.has(paths)) return
    for (const path of paths) requireReadable(metadata, path, label)
    this.#opened.add(paths)
  }

  #order(metadata: EntityMetadata, terms: readonly SortTerm[], label: string): readonly OrderTerm[] {
    if (terms.length === 0) return []
    const target = { ...this.#context, metadata }
    const order = terms.map(({ path, direction, nulls, ignoreCase }) =>
      OrderTerm.create(path, direction, { nulls, ignoreCase }),
    )
    requireProperties({ ...target, predicate: undefined, order }, label)
    requireSortable(target, order, label)
    return order
  }
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

/** A predicate that was checked, without its values. */
interface CheckedPredicate extends LiftedPredicate {
  readonly text: string
  readonly isRestricted: boolean
}

const EVERY_ROW = { values: {}, isRestricted: false }

const byContext = new WeakMap<QueryContext, DynamicQueries>()

/** Conditions come with requests: some shapes are usual, and nobody may fill the memory with others. */
const QUERIES_PER_REPOSITORY = 256

/** A checked query of the running program, with its values. */
export class DynamicQuery {
  /** Shared by all requests that differ in nothing but their values. */
  readonly query: EntityQuery
  readonly values: CallValues
  /**
   * False where it matches every row whatever they hold: without conditions, and for `notIn('id', [])`. What deletes or
   * updates must refuse to go on then. What happens to be true of every row is not looked for.
   */
  readonly isRestricted: boolean

  constructor(query: EntityQuery, { values, isRestricted }: Pick<CheckedPredicate, 'values' | 'isRestricted'>) {
    this.query = query
    this.values = { named: values, positional: [] }
    this.isRestricted = isRestricted
  }

  /** The entities; none, and no SQL, for a limit of 0. */
  select(range: Range = {}): Prompt<ObjectLiteral[]> {
    // TypeORM reads a limit of 0 as none.
    return range.limit === 0 ? [] : this.query.select(this.values, range)
  }

  count(): Prompt<number> {
    return this.query.count(this.values)
  }

  exists(): Prompt<boolean> {
    return this.query.exists(this.values)
  }
}
