import type { TransactionManager } from '../tx/transaction-manager'
import { type Leak, LeakError } from './errors'
import { ApplicationKit, type ApplicationLike } from './kit'

/**
 * What an application holds at this moment and should have given back: open transactions, connections, waits, and the frame
 * of a transaction around the caller.
 *
 * @example
 * import { findLeaks } from 'ambit/testing'
 * expect(findLeaks(app)).toEqual([])
 *
 * @throws NoApplicationError `AMBIT_APP_*`
 */
export function findLeaks(app?: ApplicationLike): readonly Leak[] {
  const kit = ApplicationKit.of(app)
  const rooted = new Map([...kit.open].flatMap(root => [...root.held]))
  return [...kit.managers].flatMap(([dataSource, manager]) =>
    leaksOf(manager, rooted.get(manager) ?? 0).map(leak => ({ dataSource, ...leak })),
  )
}

/**
 * Fails when an application holds what it should have given back. Use it after each test, behind `rollbackEach()`.
 *
 * @example
 * import { checkLeaks } from 'ambit/testing'
 * afterEach(() => checkLeaks(app))
 *
 * @throws LeakError `AMBIT_TESTING_LEAK` with everything that was found; NoApplicationError `AMBIT_APP_*`
 */
export function checkLeaks(app?: ApplicationLike): void {
  const leaks = findLeaks(app)
  if (leaks.length > 0) throw new LeakError(ApplicationKit.of(app).context.name, leaks)
}

function leaksOf(manager: TransactionManager, rooted: number): Omit<Leak, 'dataSource'>[] {
  const { running, current, resource } = manager
  const open = [...running].map(({ id, definition }) => ({
    kind: 'transaction' as const,
    who: `${definition.label}, ${id}`,
  }))
  const { connections = 0, waiting = 0 } = resource.usage ?? {}
  // A transaction names its method; what is out beyond those is a runner or a stream that somebody made.
  const transactions = [...running].filter(transaction => transaction.resource.begun).length
  const stray = Math.max(0, connections - Math.max(transactions, rooted))
  return [
    ...open,
    ...Array.from({ length: stray }, () => ({ kind: 'connection' as const, who: 'a query runner or stream' })),
    ...Array.from({ length: waiting }, () => ({ kind: 'waiting' as const, who: 'unknown' })),
    ...(current === undefined || current.state === 'empty' ? [] : [{ kind: 'frame' as const, who: current.label }]),
  ]
}
