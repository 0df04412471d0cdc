import type { EntityMetadata, ObjectLiteral } from 'typeorm'
import type { Prompt } from '../../core/prompt'
import { type LiftedPredicate, liftValues } from '../ast/lift-values'
import type { Predicate } from '../ast/predicate'
import { printOrder, printPredicate } from '../ast/print-query'
import type { Specification } from '../builder/specification'
import type { Range } from '../compile/entity-builder'
import type { CallValues } from '../compile/values'
import type { SortTerm } from '../paging/sort-term'
import { BoundedMap } from '../plan/bounded-map'
import type { RowLock } from '../row-lock'
import { checkedPredicate, requireOpened } from './checked-predicate'
import { EntityQuery } from './entity-query'
import type { QueryContext } from './query-context'
import { requireMetadata } from './query-problems'
import { requestedOrder, totalOrder } from './requested-order'

/** A query that is made as the program runs. */
export interface DynamicRequest {
  /** `undefined`: unrestricted. A specification of any entity: its properties are checked. */
  readonly specification?: Specification<never> | undefined
  readonly order?: readonly SortTerm[] | undefined
  /** Whether the primary key stands behind the order, so that no two rows are level. */
  readonly total?: boolean
  /** The lock that the rows get. */
  readonly lock?: RowLock | undefined
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
  prepare({ specification, order: terms = [], total, lock }: DynamicRequest, label: string): DynamicQuery {
    const metadata = requireMetadata(this.#context, label)
    const lifted = this.checked(specification, label)
    const { dataSource, dialect } = this.#context
    const predicate = lifted?.predicate
    const asked = requestedOrder({ dataSource, dialect, metadata, predicate, order: [] }, terms, label)
    const order = total ? totalOrder(metadata, asked) : asked
    const locking = lock ? ` for ${lock.mode} ${lock.onLocked}` : ''
    const query = this.#queries.of(`${lifted?.text ?? ''} order by ${printOrder(order)}${locking}`, () => {
      return new EntityQuery({ dataSource, dialect, metadata, predicate, order, lock })
    })
    return new DynamicQuery(query, lifted?.values ?? {})
  }

  /** The conditions as {@link prepare} takes them, for a query of another kind: checked, simple, and without their values. */
  checked(specification: Specification<never> | undefined, label: string): CheckedPredicate | undefined {
    const metadata = requireMetadata(this.#context, label)
    const predicate = specification?.predicate
    this.#requireOpened(metadata, specification?.['~openTo'], label)
    return predicate && this.#lifted(metadata, predicate, label)
  }

  #lifted(metadata: EntityMetadata, predicate: Predicate, label: string): CheckedPredicate {
    const known = this.#checked.get(predicate)
    if (known) return known
    const { dataSource, dialect } = this.#context
    const lifted = liftValues(checkedPredicate({ dataSource, dialect, metadata }, predicate, label))
    const made = { predicate: lifted.predicate, values: lifted.values, text: printPredicate(lifted.predicate) }
    this.#checked.set(predicate, made)
    return made
  }

  #requireOpened(metadata: EntityMetadata, paths: readonly string[] | undefined, label: string): void {
    if (paths === undefined || this.#opened.has(paths)) return
    requireOpened(metadata, paths, label)
    this.#opened.add(paths)
  }
}

/** A predicate that was checked, without its values. */
export interface CheckedPredicate extends LiftedPredicate {
  /** The same for all that differ only in their values. */
  readonly text: string
}

const byContext = new WeakMap<QueryContext, DynamicQueries>()

/** Conditions come with requests: some shapes are usual, and nobody may fill the memory with others. */
const QUERIES_PER_REPOSITORY = 256

/** A checked query of the running program, with its values. */
export class DynamicQuery {
  /** Shared by all requests that differ in nothing but their values. */
  readonly query: EntityQuery
  readonly values: CallValues

  constructor(query: EntityQuery, values: LiftedPredicate['values']) {
    this.query = query
    this.values = { named: values, positional: [] }
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
