import type { Class } from '../core/metadata'
import { CrudRepository } from './crud-repository'

/** The methods of CrudRepository that only read: a transaction of their own is read-only. */
const READING = [
  'findById',
  'getById',
  'findAll',
  'findAllById',
  'exists',
  'count',
] as const satisfies readonly (keyof CrudRepository<object>)[]

/** Whether a member is one of those, and not overridden by the user. */
export function isReadingMethod(target: Class, member: string): boolean {
  const name = READING.find(each => each === member)
  return name !== undefined && (target.prototype as CrudRepository<object>)[name] === CrudRepository.prototype[name]
}
