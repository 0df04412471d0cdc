import { lane } from '#lane'
import type { LaneName } from './lane'

/** A `describe` for one lane; elsewhere its tests are shown as skipped, with the reason. */
export function describeOnlyIn(name: LaneName, reason: string): jest.Describe {
  return lane.name === name ? describe : skipping(describe.skip, name, reason)
}

/** An `it` for one lane; elsewhere it is shown as skipped, with the reason. */
export function itOnlyIn(name: LaneName, reason: string): jest.It {
  return lane.name === name ? it : skipping(it.skip, name, reason)
}

function skipping<T extends jest.Describe | jest.It>(skip: T, name: LaneName, reason: string): T {
  const note = `[${name} only: ${reason}]`
  const titled = (title: string, ...rest: unknown[]): unknown =>
    (skip as (...args: unknown[]) => unknown)(`${title} ${note}`, ...rest)
  const each = (...table: unknown[]): ((title: string, ...rest: unknown[]) => unknown) => {
    const run = (skip.each as (...args: unknown[]) => (...args: unknown[]) => unknown)(...table)
    return (title, ...rest) => run(`${title} ${note}`, ...rest)
  }
  return Object.assign(titled, { each }) as unknown as T
}
