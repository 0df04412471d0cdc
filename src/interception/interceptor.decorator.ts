import type { Class } from '../core/metadata'
import { COMPONENT_OPTIONS } from '../di/component'
import { type ComponentOptions, refuseStandardDecorator, registerComponent } from '../di'
import { refuseMember, refuseUnknownOptions } from '../di/decorators/decorator-use'
import { canBeOrder } from './order'
import { wrongOrder } from './refusals'

/** Options of `@Interceptor()`: those of a component, of which one says more here. */
export interface InterceptorOptions extends ComponentOptions {
  /**
   * Lower ones stand further out. The transaction stands at 0: below it an interceptor is around the transaction, above it
   * inside. Default -100.
   */
  readonly order?: number
}

/**
 * Makes a class a component that stands around methods, and says where in their chain.
 *
 * Use it on subclasses of {@link MethodInterceptor}. `@Component()` does as well where the place does not matter: the default
 * is around the transaction, where retries, caches and clocks belong. It may live for a transaction, a request or a scope of
 * your own; a prototype is refused: what belongs to one call is kept in `call.locals`.
 *
 * @example
 * import { currentTransaction, Interceptor, type MethodCall, MethodInterceptor, type Next } from 'ambit'
 *
 * @Interceptor({ order: 100 })
 * class Journal extends MethodInterceptor {
 *   async intercept(call: MethodCall, next: Next): Promise<unknown> {
 *     const result = await next()
 *     console.log(call.label, 'in transaction', currentTransaction()?.id)
 *     return result
 *   }
 * }
 *
 * @throws InvalidInterceptionError `AMBIT_INTERCEPTION_DECLARATION`; InvalidComponentError `AMBIT_DI_DECORATOR`,
 * `AMBIT_DI_STANDARD_DECORATORS`
 */
export function Interceptor(options: InterceptorOptions = {}): (target: Class) => void {
  refuseUnknownOptions('@Interceptor', options, COMPONENT_OPTIONS)
  const { order } = options
  if (order !== undefined && !canBeOrder(order)) throw wrongOrder('@Interceptor({ order })', order)
  return (target: Class, ...rest: unknown[]) => {
    refuseStandardDecorator('@Interceptor()', rest[0])
    refuseMember('@Interceptor', target, rest)
    registerComponent(target, { ...options, stereotype: 'interceptor' })
  }
}
