import type { Class } from '../core/metadata'
import { loadsByOneSelect } from '../query/execute/entity-query'
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

/** The methods of CrudRepository that only read: a transaction of their own is read-only. */
const READING = {
  findById: oneSelect,
  getById: oneSelect,
  findAll: (repository, args) => (PageRequest.is(args[0]) ? 'read' : oneSelect(repository, args)),
  findAllById: oneSelect,
  exists: () => 'select',
  count: () => 'select',
} as const satisfies Partial<Record<keyof CrudRepository<object>, AccessOf>>

/** What calls of a member do: one that the user has overridden may do anything. */
export function accessOfMember(target: Class, member: string): AccessOf {
  if (!isReading(member)) return () => 'write'
  return methodOf(target, member) === methodOf(CrudRepository, member) ? READING[member] : () => 'write'
}

function methodOf({ prototype }: Class, member: string): unknown {
  return (prototype as Readonly<Record<string, unknown>>)[member]
}

function isReading(member: string): member is keyof typeof READING {
  return Object.hasOwn(READING, member)
}
