// Loads the reflection polyfill, without which tsyringe refuses to load.
import '../core/metadata'
import { container } from 'tsyringe'
import type { Class } from '../core/metadata'

/** Makes one instance of a class; every dependency is already there. */
export type Construct = (target: Class, dependencies: readonly unknown[]) => object

/** What needs no workbench: made over and over, or by the hundreds, of what is there. */
export const constructDirectly: Construct = (target, dependencies) => Reflect.construct(target, dependencies) as object // a class makes objects

interface Order {
  readonly target: Class
  readonly dependencies: readonly unknown[]
}

/**
 * The workbench of one container: a private child of tsyringe's, whose only entry builds the class of the current order.
 *
 * Order, scopes, cycles and disposal are decided by our graph before. Registering the classes themselves would put them into
 * tsyringe's process-wide tables, rewrite their emitted parameter list in place, and retain every instance that has `dispose`.
 */
export function createConstruct(): Construct {
  const seat = Symbol('ambit.construct')
  let order: Order | undefined
  const workbench = root.createChildContainer()
  workbench.register(seat, { useFactory: () => build(order) })
  return (target, dependencies) => {
    order = { target, dependencies }
    return workbench.resolve<object>(seat)
  }
}

/** Made while loading, so that an application which disposes of tsyringe's global container later does not stop ours. */
const root = container.createChildContainer()

function build(order: Order | undefined): object {
  if (order === undefined) throw new TypeError('nothing to construct')
  return Reflect.construct(order.target, order.dependencies) as object
}
