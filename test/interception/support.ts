import { type Application, bootstrap, type BootstrapOptions, Interceptor, MethodInterceptor, type Next } from 'ambit'
import { silentLogger } from '../support/engines'

/** What happened, in order; every test starts with an empty one. */
export const trace: string[] = []

beforeEach(() => {
  trace.length = 0
})

/** Notes that it is entered and left, whether the method waits or not. */
export abstract class Tracing extends MethodInterceptor {
  intercept(_call: unknown, next: Next): unknown {
    const { name } = this.constructor
    trace.push(`${name}>`)
    const result = next()
    if (result instanceof Promise)
      return result.finally(() => {
        trace.push(`<${name}`)
      })
    trace.push(`<${name}`)
    return result
  }
}

@Interceptor()
export class A extends Tracing {}

@Interceptor()
export class B extends Tracing {}

@Interceptor({ order: -200 })
export class Outermost extends Tracing {}

@Interceptor({ order: 100 })
export class Inside extends Tracing {}

/** Runs a body in an application that has the interceptors above, and closes it. */
export async function inApplication<T>(
  options: BootstrapOptions,
  body: (app: Application) => T | Promise<T>,
): Promise<T> {
  const components = [A, B, Outermost, Inside, ...(options.components ?? [])]
  const app = await bootstrap({ logger: silentLogger, ...options, components })
  try {
    return await body(app)
  } finally {
    await app.close()
  }
}

/** The codes and texts of everything that keeps an application from starting. */
export async function startUpProblems(
  options: BootstrapOptions,
): Promise<readonly { code: string; message: string }[]> {
  try {
    await (await bootstrap({ logger: silentLogger, ...options })).close()
  } catch (error) {
    return (error as { problems: readonly { code: string; message: string }[] }).problems
  }
  return []
}
