import { memberName } from '../core/member-name'
import { QueryDeclarationError } from './errors'

/**
 * Refuses `@Query` where nothing could ever call it as a query.
 *
 * @throws QueryDeclarationError `AMBIT_QUERY_OPTION`
 */
export function refuseOtherPlaces(target: object, member: string | symbol | undefined, descriptor: unknown): void {
  const place = wrongPlace(target, member, descriptor)
  if (place === undefined) return
  const where = memberName(target, typeof descriptor === 'number' ? (member ?? 'constructor') : member)
  throw new QueryDeclarationError('AMBIT_QUERY_OPTION', {
    what: `@Query stands on ${place} ${where}.`,
    where,
    next: 'Declare a property or method of instances: repositories are objects that the container builds.',
  })
}

function wrongPlace(target: object, member: string | symbol | undefined, descriptor: unknown): string | undefined {
  if (typeof descriptor === 'number') return 'a parameter of'
  if (member === undefined) return 'the class'
  if (typeof target === 'function') return 'the static member'
  if (typeof member === 'symbol') return 'the symbol'
  return isAccessor(descriptor) ? 'the accessor' : undefined
}

function isAccessor(descriptor: unknown): boolean {
  const parts = Object(descriptor) as Readonly<Record<string, unknown>>
  return parts['get'] !== undefined || parts['set'] !== undefined
}
