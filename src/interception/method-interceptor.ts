import type { MethodCall, Next } from './method-call'

/**
 * A component that stands around methods: what it does before and after them, or in their place.
 *
 * Extend it, decorate the class with `@Interceptor()`, and name it in `@UseInterceptors()`. What `intercept` returns is what
 * the caller gets; it may call `next` once, several times, at the same time, or not at all. Around a synchronous method it
 * has to be synchronous.
 *
 * @example
 * import { Interceptor, type MethodCall, MethodInterceptor, type Next, Service, UseInterceptors } from 'ambit'
 *
 * @Interceptor()
 * class Timing extends MethodInterceptor {
 *   async intercept(call: MethodCall, next: Next): Promise<unknown> {
 *     const start = performance.now()
 *     try { return await next() }
 *     finally { console.log(call.label, performance.now() - start) }
 *   }
 * }
 *
 * @Service()
 * class Reports {
 *   @UseInterceptors(Timing)
 *   async yearly(year: number): Promise<string> { return `the report of ${year}` }
 * }
 */
export abstract class MethodInterceptor {
  /** Makes one call; `next` is the rest of the chain. */
  abstract intercept(call: MethodCall, next: Next): unknown
}
