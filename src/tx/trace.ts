import type { ContextNode } from '../core/async-context'
import type { Environment } from './environment'
import type { BoundaryDecision } from './execution-listener'
import { Scope } from './scope'

interface Entry {
  readonly decision: BoundaryDecision
  readonly suspended: string | undefined
}

/** Tells the listeners of a boundary's start and end, where there are listeners. */
export async function traced(
  environment: Environment,
  scope: Scope,
  { decision, suspended }: Entry,
  run: () => Promise<unknown>,
): Promise<unknown> {
  if (!environment.observed) return run()
  const started = performance.now()
  environment.emit(() => ({
    kind: 'boundary',
    boundary: scope.boundary,
    parent: parentOf(scope.calledIn),
    label: scope.label,
    dataSource: scope.definition.dataSource,
    decision,
    transaction: scope.physical?.id,
    suspended,
    inert: scope.role !== 'originator' && scope.definition.retry > 0 ? ['retry'] : [],
  }))
  let failure: unknown
  try {
    return await run()
  } catch (error) {
    failure = error
    throw error
  } finally {
    const durationMs = performance.now() - started
    environment.emit(() => ({ kind: 'boundary-end', boundary: scope.boundary, error: failure, durationMs }))
  }
}

/** The boundary around this one, of whatever data source. */
function parentOf(context: ContextNode | undefined): number | undefined {
  for (let node = context; node; node = node.outer) if (node.value instanceof Scope) return node.value.boundary
  return undefined
}
