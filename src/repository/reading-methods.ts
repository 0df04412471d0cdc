import type { Class } from '../core/metadata'
import { loadsByOneSelect } from '../query/execute/entity-query'
import { InsertQuery } from '../query/execute/insert-query'
import { KeyQuery } from '../query/execute/key-query'
import type { QueryAccess } from '../query/execute/query-context'
import { PageRequest } from '../query/paging/page-request'
import { bindingOf } from './binding'
import { CrudRepository } from './crud-repository'

/** Tells what one call of a method does to the database. */
export type AccessOf = (repository: object, args: readonly unknown[]) => QueryAccess

const oneSelect: AccessOf = repository => {
  const { metadata } = bindingOf(repository).context
  return metadata !== undefined && loadsByOneSelect(metadata) ? 'select' : 'read'
}

const oneInsert: AccessOf = repository => {
  const query = InsertQuery.of(bindingOf(repository).context)
  return query?.insertsAlone() ? 'single-write' : 'write'
}

const oneDelete: AccessOf = repository => {
  const query = KeyQuery.of(bindingOf(repository).context)
  return query?.deletesAlone() ? 'single-write' : 'write'
}

/** The methods of CrudRepository that only read, in a read-only transaction of their own, or write by one statement. */
const KNOWN = {
  findById: oneSelect,
  getById: oneSelect,
  findAll: (repository, args) => (PageRequest.is(args[0]) ? 'read' : oneSelect(repository, args)),
  findAllById: oneSelect,
  exists: () => 'select',
  count: () => 'select',
  insert: oneInsert,
  deleteById: oneDelete,
} as const satisfies Partial<Record<keyof CrudRepository<object>, AccessOf>>

/** What calls of a member do: one that the user has overridden may do anything. */
export function accessOfMember(target: Class, member: string): AccessOf {
  if (!isKnown(member)) return () => 'write'
  return methodOf(target, member) === methodOf(CrudRepository, member) ? KNOWN[member] : () => 'write'
}

function methodOf({ prototype }: Class, member: string): unknown {
  return (prototype as Readonly<Record<string, unknown>>)[member]
}

function isKnown(member: string): member is keyof typeof KNOWN {
  return Object.hasOwn(KNOWN, member)
}
