import type { Class } from '../core/metadata'
import { unwrapMethod } from '../core/wrap-method'
import { loadsByOneSelect } from '../query/execute/entity-query'
import { DynamicQueries } from '../query/execute/dynamic-queries'
import { pageAccess } from '../query/execute/entity-pages'
import { InsertQuery } from '../query/execute/insert-query'
import { KeyQuery } from '../query/execute/key-query'
import type { QueryAccess } from '../query/execute/query-context'
import { twoSelects } from '../query/execute/page-result'
import { PageRequest } from '../query/paging/page-request'
import { isDomainEventSource } from './aggregate-root'
import { bindingOf } from './binding'
import { CrudRepository } from './crud-repository'
import { keysPerPredicate } from './identity'

/** Tells what one call of a method does to the database. */
export type AccessOf = (repository: object, args: readonly unknown[]) => QueryAccess

/** A lock is to outlast the call: its own transaction, read-only, will not do. */
function unlessLocked(access: AccessOf): AccessOf {
  return (repository, args) => {
    const options = args[1] as { readonly lock?: unknown } | undefined
    return options?.lock === undefined ? access(repository, args) : 'read'
  }
}

const oneSelect: AccessOf = repository => {
  const { context } = bindingOf(repository)
  if (KeyQuery.of(context)?.selectsAlone()) return 'lone-select'
  const { metadata } = context
  return metadata !== undefined && loadsByOneSelect(metadata) ? 'select' : 'read'
}

const onePage: AccessOf = repository => {
  const { context } = bindingOf(repository)
  return context.metadata === undefined ? 'read' : pageAccess(DynamicQueries.of(context).prepare({}, 'a page').query)
}

/** Whether, how many, or what stands in them: no entity is loaded that somebody could hear of. */
const oneNumber: AccessOf = repository => (KeyQuery.of(bindingOf(repository).context) ? 'lone-select' : 'select')

/** Relations may take further statements, which are to see what the first one saw. */
function unlessRelated(at: number, access: AccessOf, related: AccessOf = oneGraph): AccessOf {
  return (repository, args) => {
    const options = args[at] as { readonly relations?: unknown } | undefined
    return options?.relations === undefined ? access(repository, args) : related(repository, args)
  }
}

/** Entities with their relations, and nothing else. */
const oneGraph: AccessOf = (repository, args) =>
  severalSelects(repository, args) === 'snapshot' ? 'snapshot-turn' : 'read'

/** As for a page in two statements. */
const severalSelects: AccessOf = repository =>
  bindingOf(repository).context.dialect.page === undefined ? 'read' : 'snapshot'

/** Long keys may be more than one statement takes. */
function unlessLongKeys(access: AccessOf): AccessOf {
  return (repository, args) => {
    const { metadata } = bindingOf(repository).context
    const [ids] = args
    const takesOne = !metadata || !Array.isArray(ids) || ids.length <= keysPerPredicate(metadata)
    return (takesOne ? access : severalSelects)(repository, args)
  }
}

const oneInsert: AccessOf = (repository, args) => {
  // Its events are published behind the INSERT, where a listener may still fail.
  if (isDomainEventSource(args[0])) return 'write'
  const query = InsertQuery.of(bindingOf(repository).context)
  return query?.insertsAlone() ? 'single-write' : 'write'
}

const oneDelete: AccessOf = repository => {
  const query = KeyQuery.of(bindingOf(repository).context)
  return query?.deletesAlone() ? 'single-write' : 'write'
}

const oneUpdate: AccessOf = (repository, args) => {
  // A version that is no longer there is an error behind the statement.
  if (args[2] !== undefined) return 'write'
  const query = KeyQuery.of(bindingOf(repository).context)
  return query?.updatesAlone() ? 'single-write' : 'write'
}

/** The methods of CrudRepository that only read, in a read-only transaction of their own, or write by one statement. */
const KNOWN = {
  findById: unlessLocked(unlessRelated(1, oneSelect)),
  getById: unlessLocked(unlessRelated(1, oneSelect)),
  findMany: unlessLocked(unlessRelated(1, oneSelect)),
  findOne: unlessLocked(unlessRelated(1, oneSelect)),
  getOne: unlessLocked(unlessRelated(1, oneSelect)),
  findFirst: unlessLocked(unlessRelated(1, oneSelect)),
  findPage: unlessRelated(2, onePage, severalSelects),
  findSlice: unlessRelated(2, oneSelect),
  findAll: (repository, args) => (PageRequest.is(args[0]) ? onePage : oneSelect)(repository, args),
  findWindow: oneSelect,
  findAllById: unlessLongKeys(unlessRelated(1, oneSelect)),
  select: oneNumber,
  selectPage: repository => twoSelects(bindingOf(repository).context.dialect),
  selectWindow: oneNumber,
  exists: oneNumber,
  existsBy: oneNumber,
  count: oneNumber,
  aggregate: oneNumber,
  insert: oneInsert,
  update: oneUpdate,
  updateMany: oneUpdate,
  deleteById: oneDelete,
  deleteMany: oneDelete,
} as const satisfies Partial<Record<keyof CrudRepository<object>, AccessOf>>

/** What calls of a member do: one that the user has overridden may do anything. */
export function accessOfMember(target: Class, member: string): AccessOf {
  if (!isKnown(member)) return () => 'write'
  return methodOf(target, member) === methodOf(CrudRepository, member) ? KNOWN[member] : () => 'write'
}

/** Below what interceptors have put around it. */
function methodOf({ prototype }: Class, member: string): unknown {
  const method = (prototype as Readonly<Record<string, unknown>>)[member]
  return typeof method === 'function' ? unwrapMethod(method) : method
}

function isKnown(member: string): member is keyof typeof KNOWN {
  return Object.hasOwn(KNOWN, member)
}
