import { emittedFields } from '../core/emitted-fields'
import type { Class } from '../core/metadata'
import { declareInterception, layered } from '../core/method-layers'
import type { Method } from '../core/wrap-method'
import { refuseStandardDecorator } from '../di'
import { interceptClass } from './intercept-class'
import { declaredInterception, Interception, interceptionOf, type InterceptorSource } from './interception'
import { noClass, notAMethod, onParameter, withoutInterceptors } from './refusals'

/** A legacy decorator of a class, a method, or a declared query. */
export interface InterceptionDecorator {
  (target: Class): void
  (target: object, member: string | symbol): void
  /** Its answer matters: a decorator of one's own that calls this one returns it. */
  (target: object, member: string | symbol, descriptor: PropertyDescriptor): PropertyDescriptor | undefined
}

/**
 * Puts interceptors around a method, or around every public method of a class, inherited ones included.
 *
 * The first one written is the outermost, those of a class are around those of its methods, and each counts once. The `order`
 * of `@Interceptor()` decides before that; so does it on which side of the transaction one stands, wherever `@Transactional`
 * is written. Calls through `this` count; an override in a subclass has only what is written on it, or on its class. On a
 * class, an interceptor that is `async` is for the methods that return promises.
 *
 * @example
 * import { Service, Transactional, UseInterceptors } from 'ambit'
 *
 * @Service()
 * class Transfers {
 *   constructor(private readonly accounts: AccountRepository) {}
 *
 *   @UseInterceptors(Timing, Retry)
 *   @Transactional()
 *   async move(from: number, to: number, cents: number): Promise<void> {
 *     await this.accounts.withdraw(from, cents)
 *     await this.accounts.deposit(to, cents)
 *   }
 * }
 * // Timing( Retry( BEGIN … COMMIT ) ): each repetition has a transaction of its own
 *
 * @throws InvalidInterceptionError `AMBIT_INTERCEPTION_DECLARATION`, InvalidComponentError `AMBIT_DI_STANDARD_DECORATORS`
 * when the class is defined; what only start-up can tell is in its StartUpError
 */
export function UseInterceptors(
  first: InterceptorSource,
  ...others: readonly InterceptorSource[]
): InterceptionDecorator
export function UseInterceptors(...sources: readonly InterceptorSource[]): InterceptionDecorator {
  if (sources.length === 0) throw withoutInterceptors()
  return (target: object, member?: string | symbol, given?: PropertyDescriptor | number) => {
    refuseStandardDecorator('@UseInterceptors()', member)
    if (typeof given === 'number') throw onParameter('@UseInterceptors', labelOf(target, member ?? 'constructor'))
    const where = labelOf(target, member)
    for (const source of sources) if (typeof source !== 'function') throw noClass(where, source)
    if (member !== undefined) return interceptMember(target, member, { given, sources })
    interceptClass(target as Class, sources) // without a member it is a class
    return undefined
  }
}

interface Declaration {
  readonly given: PropertyDescriptor | undefined
  readonly sources: readonly InterceptorSource[]
}

function interceptMember(
  target: object,
  member: string | symbol,
  { given, sources }: Declaration,
): PropertyDescriptor | undefined {
  const site = { target: classOf(target), owner: target, member, label: labelOf(target, member) }
  const declared = new Interception(
    site,
    sources.map(source => ({ source, ofClass: false })),
  )
  const descriptor = given ?? Object.getOwnPropertyDescriptor(target, member)
  if (descriptor === undefined) {
    const isField = target === site.target || emittedFields(site.target, [String(member)]).initialised.length > 0
    if (isField) throw notAMethod(site.label)
    // A query whose decorator has not run yet: it will find what is declared here.
    declareInterception(site, declared.around(declaredInterception(target, member)))
    return undefined
  }
  const method: unknown = descriptor.value
  if (typeof method !== 'function') throw notAMethod(site.label)
  const interception = declared.around(interceptionOf(method))
  declareInterception(site, interception)
  const wrapped = { ...descriptor, value: layered(method as Method, { interception }, site) }
  if (given === undefined) Object.defineProperty(target, member, wrapped)
  return wrapped
}

function classOf(target: object): Class {
  return (typeof target === 'function' ? target : target.constructor) as Class
}

function labelOf(target: object, member: string | symbol | undefined): string {
  const { name } = classOf(target)
  return member === undefined ? name : `${name}.${String(member)}`
}
