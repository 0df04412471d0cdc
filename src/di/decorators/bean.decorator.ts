import { memberName } from '../../core/member-name'
import type { Class } from '../../core/metadata'
import { BEAN_OPTIONS, type BeanOptions, recordBean } from '../bean'
import { InvalidComponentError } from '../errors'
import { isScopeName, SCOPE_REMEDY } from '../scope'
import { refuseStanding, STANDING_FORM } from '../injection/standing'
import { isTokenSource, type TokenSource } from '../token'
import { misplacedDecorator, refuseStandardDecorator, refuseUnknownOptions } from './decorator-use'

/** A decorator of a method that returns `T`, or a promise of it. */
export type BeanDecorator<T> = <M extends (...args: never[]) => T | Promise<T>>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void

/**
 * Makes what a method of a `@Configuration()` class returns a component.
 *
 * Without a token the method's return class is the token; an async method always needs one. The parameters are injected as a
 * constructor's are. The container awaits the method, initialises the object, and disposes of it through `close`, else
 * through `Symbol.asyncDispose` or `Symbol.dispose`.
 *
 * @example
 * import { Bean, Configuration, Inject } from 'ambit'
 *
 * @Configuration()
 * class Clocks {
 *   @Bean(CLOCK)
 *   clock(@Inject(ZONE) zone: string): Clock { return new ZonedClock(zone) }
 * }
 *
 * @throws InvalidComponentError `AMBIT_DI_DECORATOR`, `AMBIT_DI_STANDARD_DECORATORS`
 */
export function Bean<T = unknown>(...args: [token?: TokenSource<T>, options?: BeanOptions<T>]): BeanDecorator<T> {
  const [token, options] = args
  refuseUnknownOptions('@Bean', options, BEAN_OPTIONS)
  if (token !== undefined && !isTokenSource(token)) throw notAToken()
  if (options?.scope !== undefined && !isScopeName(options.scope)) throw noScope(options.scope)
  const refusal = refuseStanding(options ?? {})
  if (refusal !== undefined) throw refusedOptions(refusal)
  const declared = token === undefined && args.length !== 1 ? undefined : { source: token }
  return (target, method, ...rest) => {
    refuseStandardDecorator('@Bean', method)
    refuseOtherPlaces(target, method, rest[0])
    recordBean(target.constructor as Class, { method, declared, options: options ?? {} }) // a prototype's constructor is its class
  }
}

function refuseOtherPlaces(target: object, method: string | symbol, descriptor: PropertyDescriptor | undefined): void {
  const isMethod = typeof target !== 'function' && typeof descriptor?.value === 'function'
  if (isMethod) return
  const next = 'Put it on a method, which is not static, of a @Configuration() class.'
  throw misplacedDecorator('@Bean', memberName(target, method), next)
}

function notAToken(): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: 'The first argument of @Bean is no token.',
    next: 'Write @Bean(), @Bean(TheClass), @Bean(TOKEN), or @Bean(undefined, { … }) for options alone.',
  })
}

function noScope(scope: unknown): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: `@Bean was given the scope '${String(scope)}', which is no name.`,
    next: SCOPE_REMEDY,
  })
}

function refusedOptions(refusal: string): InvalidComponentError {
  return new InvalidComponentError('AMBIT_DI_DECORATOR', {
    what: `@Bean ${refusal}.`,
    next: STANDING_FORM,
  })
}
