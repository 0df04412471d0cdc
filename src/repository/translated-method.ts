import type { Method } from '../core/wrap-method'
import { translateDatabaseError } from '../data-source/database-error'

/** The method, with database errors as catalogue errors: of its promise, or of the steps of its generator. */
export function translatedMethod(method: Method, label: string): Method {
  return function translated(this: unknown, ...args: unknown[]): unknown {
    const result = method.apply(this, args)
    if (result instanceof Promise) return result.catch((error: unknown) => rethrow(error, label))
    return isAsyncGenerator(result) ? translatedSteps(result, label) : result
  }
}

async function* translatedSteps(steps: AsyncGenerator<unknown, unknown>, label: string): AsyncGenerator {
  try {
    return yield* steps
  } catch (error) {
    throw translateDatabaseError(error, label)
  }
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator<unknown, unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value
}

function rethrow(error: unknown, label: string): never {
  throw translateDatabaseError(error, label)
}
