import { asked, isPromiseLike } from '../core/promise-like'
import type { Method } from '../core/wrap-method'
import { translateDatabaseError } from '../data-source/database-error'
import { RowStream } from '../query/execute/row-stream'
import { isAsyncGenerator } from '../tx/generator-boundary'

/**
 * The method, with database errors as catalogue errors: of its promise, or of the steps of its generator. `plain`: it is in no
 * boundary, so what can be awaited may be a builder that its callers go on with.
 */
export function translatedMethod(method: Method, label: string, plain = false): Method {
  // A boundary around it has to see what it is.
  if (isAsyncGenerator(method)) return translatedGenerator(method, label)
  return function translated(this: unknown, ...args: unknown[]): unknown {
    let result: unknown
    try {
      result = method.apply(this, args)
    } catch (error) {
      return rethrow(error, label)
    }
    if (!plain && isPromiseLike(result) && !(result instanceof Promise)) result = asked(result)
    if (result instanceof Promise) return result.catch((error: unknown) => rethrow(error, label))
    // A stream of ours tells catalogue errors by itself, and can do more than a generator.
    if (result instanceof RowStream) return result
    return hasSteps(result) ? translatedSteps(result, label) : result
  }
}

function translatedGenerator(method: Method, label: string): Method {
  return async function* translated(this: unknown, ...args: unknown[]): AsyncGenerator<unknown, unknown> {
    const steps = method.apply(this, args) as AsyncGenerator<unknown, unknown> // as its kind says
    return yield* translatedSteps(steps, label)
  }
}

async function* translatedSteps(
  steps: AsyncGenerator<unknown, unknown>,
  label: string,
): AsyncGenerator<unknown, unknown> {
  try {
    return yield* steps
  } catch (error) {
    throw translateDatabaseError(error, label)
  }
}

function hasSteps(value: unknown): value is AsyncGenerator<unknown, unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value
}

function rethrow(error: unknown, label: string): never {
  throw translateDatabaseError(error, label)
}
