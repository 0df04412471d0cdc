import type { Class } from '../core/metadata'
import { labelOf, type QueryDeclaration } from '../query/declaration'
import { DerivedNameError } from '../query/errors'
import { CrudRepository } from './crud-repository'
import { ReadRepository } from './read-repository'

/**
 * A name of the base's own means what it means there: `findById` looks for the identifier, and is no query that is
 * derived from its name.
 *
 * @throws DerivedNameError `AMBIT_QUERY_DERIVED_NAME`
 */
export function refuseReserved(target: Class, declaration: QueryDeclaration): void {
  const { member, source } = declaration
  if (source.kind !== 'derived') return
  const base = [CrudRepository, ReadRepository].find(each => target.prototype instanceof each)
  if (base === undefined || !(member in base.prototype)) return
  throw new DerivedNameError(
    'AMBIT_QUERY_DERIVED_NAME',
    {
      what: `'${member}' is a method of ${base.name}, which a query of that name would hide.`,
      where: labelOf(declaration),
      next: `Take the query out, or say what it means instead with @Query({ where: '…' }) or @Query.sql('…').`,
    },
    member,
  )
}
