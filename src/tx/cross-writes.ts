import type { Environment } from './environment'
import { IncompatibleTransactionError } from './errors'
import type { PhysicalTransaction } from './physical-transaction'
import { Scope } from './scope'

/** What happens when one transaction writes inside another one of a different data source: they never commit as one. */
export const CROSS_DATA_SOURCE_WRITES = ['allow', 'warn', 'refuse'] as const

export type CrossDataSourceWrites = (typeof CROSS_DATA_SOURCE_WRITES)[number]

/**
 * Looks whether the first write of a scope makes work on two data sources that looks atomic and is not: in either order,
 * inner before outer too. Whoever says REQUIRES_NEW knows that the inner transaction stands alone.
 *
 * @throws IncompatibleTransactionError `AMBIT_TX_CROSS_WRITES` where such writes are refused
 */
export function checkCrossWrites(scope: Scope, environment: Environment): void {
  if (environment.crossDataSourceWrites === 'allow') return
  const others = othersThatWrote(scope)
  if (others.length === 0) return
  const refusal = crossing(scope, others)
  if (environment.crossDataSourceWrites === 'refuse') throw refusal
  environment.warnOnce(refusal.message)
}

/** The data sources that are part of the same work and have written. */
function othersThatWrote(scope: Scope): readonly string[] {
  const { physical } = scope
  if (physical === undefined || standsAlone(physical)) return []
  const around = otherScopesAround(scope)
  // As good as always; and each write of each repository comes by here.
  if (around.length === 0 && physical.writersInside === undefined) return NONE
  // Those that write later, when this one may have been committed, are to know of it.
  for (const other of around) noteWriterInside(other.physical, physical)
  const writers = [
    ...around.filter(other => other.wrote),
    ...[...(physical.writersInside ?? [])].filter(({ outcome }) => outcome !== 'rolled-back'),
  ]
  return [...new Set(writers.map(other => other.definition.dataSource))]
}

function noteWriterInside(around: PhysicalTransaction | undefined, writer: PhysicalTransaction): void {
  if (around !== undefined) (around.writersInside ??= new Set()).add(writer)
}

/** The scopes of other data sources with an open transaction around one, outwards up to the first that stands alone. */
function otherScopesAround({ calledIn, definition: { dataSource } }: Scope): readonly Scope[] {
  const found: Scope[] = []
  for (let node = calledIn; node; node = node.outer) {
    const { value } = node
    if (!(value instanceof Scope) || value.physical === undefined || value.state !== 'active') continue
    if (value.definition.dataSource !== dataSource) found.push(value)
    if (standsAlone(value.physical)) break
  }
  return found
}

const NONE: readonly string[] = []

function standsAlone({ definition }: PhysicalTransaction): boolean {
  return definition.propagation === 'REQUIRES_NEW'
}

function crossing({ label, definition }: Scope, others: readonly string[]): IncompatibleTransactionError {
  const named = others.map(name => `'${name}'`).join(', ')
  return new IncompatibleTransactionError('AMBIT_TX_CROSS_WRITES', {
    what: `${label} writes to the data source '${definition.dataSource}' in one piece of work with writes to ${named}; the transactions commit one after the other, not as one.`,
    where: label,
    next: "Write to the other one in afterCommit(…), or say that it stands alone (propagation 'REQUIRES_NEW'), or give bootstrap({ crossDataSourceWrites: 'allow' }).",
  })
}
