import type { Registration, Wiring } from '../../di'
import { registeredClass } from '../../di/registered-class'
import { type MethodUse, methodUses } from '../../interception/method-uses'

/** An interceptor around methods of a component. */
export interface Intercepting {
  readonly interceptor: Registration
  /** `'OrderService.place'`, one behind the other. */
  readonly methods: string
}

/** The interceptors around the methods of a component, each once; those that nothing is registered for are left out. */
export function interceptingOf(registration: Registration, wiring: readonly Wiring[]): readonly Intercepting[] {
  const target = registeredClass(registration)
  const uses = target === undefined ? [] : methodUses(target)
  const types = new Set(uses.flatMap(use => use.types))
  return [...types].flatMap(type => {
    const interceptor = wiring.find(each => each.registration.token === type)?.registration
    return interceptor === undefined ? [] : { interceptor, methods: methodsWith(type, uses) }
  })
}

function methodsWith(type: unknown, uses: readonly MethodUse[]): string {
  return uses
    .filter(({ types }) => types.some(each => each === type))
    .map(({ label }) => label)
    .join(', ')
}
