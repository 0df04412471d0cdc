import { Interceptor, type MethodCall, MethodInterceptor, type Next } from 'ambit'

/** Stands around the transaction, as every interceptor does that says nothing else: it sees the COMMIT too. */
@Interceptor()
export class Timing extends MethodInterceptor {
  async intercept(call: MethodCall, next: Next): Promise<unknown> {
    const started = performance.now()
    try {
      return await next()
    } finally {
      console.log(`  ${call.label} took ${Math.round(performance.now() - started)} ms`)
    }
  }
}
