import type { Range } from '../query/compile/entity-builder'
import { InvalidSortError, QueryDeclarationError } from '../query/errors'
import type { DynamicRequest } from '../query/execute/dynamic-queries'
import { QueryParams } from '../query/filter/query-params'
import { wholeNumber } from '../query/paging/page-numbers'
import type { PropertyPath } from '../query/paging/property-path.types'
import type { Sort } from '../query/paging/sort'
import type { Projection } from '../query/projection/projection'
import { type LockOptions, type RowLock, rowLockOf } from '../query/row-lock'
import { requireOptions, specificationOf } from './predicates'
import type { RelationPath } from './relation-path.types'

/** What is loaded with the entities. */
export interface LoadOptions<T> {
  /** Relations, also dotted ones: `['team', 'orders.items']`. Lists come sorted by their primary key. */
  readonly relations?: readonly RelationPath<T>[] | undefined
}

/** Which of the rows that a specification describes are wanted, and in which order. */
export interface RangeOptions {
  /** Without one the order is the database's. */
  readonly sort?: Sort | undefined
  /** At most so many entities; 0 is none. */
  readonly limit?: number | undefined
  /** Leaves out so many from the front: only with a `sort` that tells all rows apart are they the same each time. */
  readonly offset?: number | undefined
}

/** Which of the entities that a specification describes are wanted, and how. */
export interface FindOptions<T> extends RangeOptions, LoadOptions<T>, LockOptions {}

/** What one entity is found with. */
export interface FindOneOptions<T> extends LoadOptions<T>, LockOptions {}

/**
 * What can be selected in place of entities: properties; paths by the names they get, which may lead through relations to one;
 * or a projection.
 */
export type Selectable<T> =
  readonly (keyof T & string)[] | Readonly<Record<string, PropertyPath<T>>> | Projection<object>

/** How properties of rows are selected. */
export interface SelectOptions {
  /** Whether rows that are equal come once. */
  readonly distinct?: boolean | undefined
}

/** What a method that finds entities may be asked for, of whatever entity. */
type GivenOptions = RangeOptions & LockOptions & SelectOptions & { readonly relations?: readonly string[] | undefined }

/** A call of a reading method, checked. */
export interface Finding {
  readonly label: string
  readonly request: DynamicRequest
  readonly range: Range
  readonly relations: readonly string[]
}

/** A method that finds entities. */
export type FindMethod = keyof typeof METHODS

/** Who is called, for errors, and for what is possible there. */
export interface FindSite {
  readonly method: FindMethod
  readonly label: string
}

/**
 * `limit`: as many as the method itself wants.
 *
 * @throws InvalidSpecificationError `AMBIT_REPOSITORY_SPECIFICATION`; InvalidSortError `AMBIT_QUERY_INVALID_SORT`;
 * InvalidPageError `AMBIT_QUERY_INVALID_PAGE`
 */
export function finding(
  { method, label }: FindSite,
  specification: unknown,
  options: GivenOptions = {},
  limit = options.limit,
): Finding {
  const known = METHODS[method]
  requireOptions(options, known.options, label)
  const all = specification === undefined && known.mayFindAll
  const wanted = all ? undefined : specificationOf(specification, label)
  const asked = partOf(specification, known.takes)
  const { sort = asked.sort, offset = asked.offset, relations = [] } = options
  const request = { specification: wanted, order: sort && sortTerms(sort, label), lock: lockOf(options, label) }
  return { label, request, range: rangeOf(limit ?? asked.limit, offset), relations: [...relations] }
}

/** Relations beside a lock would be read, and not locked. */
function lockOf(options: GivenOptions, label: string): RowLock | undefined {
  const lock = rowLockOf(options, label)
  if (lock !== undefined && options.relations !== undefined && options.relations.length > 0)
    throw lockedRelations(label)
  return lock
}

function lockedRelations(where: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: 'A lock and relations are asked for in one call.',
    where,
    next: 'Lock the row first, and load its relations with a second call in the same transaction.',
  })
}

/** The order and the part that parameters ask for themselves; what a caller says beside them comes first. */
function partOf(specification: unknown, takes: FindRules['takes']): Pick<GivenOptions, 'sort' | 'limit' | 'offset'> {
  if (takes === 'nothing' || !(specification instanceof QueryParams)) return {}
  const { sort, limit, offset } = specification
  return takes === 'sort' ? { sort } : { sort, limit, offset }
}

/** What is no sort must not be taken for "unsorted, and all of them": it may have been meant as a page. */
export function sortTerms({ terms }: Partial<Sort>, label: string): Sort['terms'] {
  if (terms !== undefined) return terms
  throw new InvalidSortError('AMBIT_QUERY_INVALID_SORT', {
    what: `${label} was given something that is no Sort and no PageRequest.`,
    where: label,
    next: "Pass Sort.by('name') or PageRequest.of(page, size), or nothing.",
  })
}

function rangeOf(limit: number | undefined, offset: number | undefined): Range {
  const most = limit === undefined ? undefined : wholeNumber('limit', limit, 0)
  // Without an offset the statement is a fixed one.
  if (offset === undefined || offset === 0) return { limit: most }
  return { limit: most, offset: wholeNumber('offset', offset, 0) }
}

interface FindRules {
  /** Whether no specification means all entities. */
  readonly mayFindAll: boolean
  /** What it takes of parameters beside their conditions: a page says its part itself, and one entity has none. */
  readonly takes: 'part' | 'sort' | 'nothing'
  readonly options: readonly (keyof GivenOptions)[]
}

const LOCK = ['lock', 'onLocked'] as const

const METHODS = {
  findById: { mayFindAll: false, takes: 'nothing', options: ['relations', ...LOCK] },
  getById: { mayFindAll: false, takes: 'nothing', options: ['relations', ...LOCK] },
  findAll: { mayFindAll: true, takes: 'nothing', options: [] },
  findAllById: { mayFindAll: false, takes: 'nothing', options: ['relations'] },
  findMany: { mayFindAll: true, takes: 'part', options: ['sort', 'limit', 'offset', 'relations', ...LOCK] },
  findOne: { mayFindAll: false, takes: 'nothing', options: ['relations', ...LOCK] },
  getOne: { mayFindAll: false, takes: 'nothing', options: ['relations', ...LOCK] },
  findFirst: { mayFindAll: false, takes: 'part', options: ['sort', 'offset', 'relations', ...LOCK] },
  findPage: { mayFindAll: true, takes: 'sort', options: ['relations'] },
  findSlice: { mayFindAll: true, takes: 'sort', options: ['relations'] },
  findWindow: { mayFindAll: true, takes: 'sort', options: [] },
  select: { mayFindAll: true, takes: 'part', options: ['sort', 'limit', 'offset', 'distinct'] },
  selectPage: { mayFindAll: true, takes: 'sort', options: ['distinct'] },
  selectWindow: { mayFindAll: true, takes: 'sort', options: ['distinct'] },
} as const satisfies Record<string, FindRules>
