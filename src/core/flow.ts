import { isPromiseLike } from './promise-like'

/**
 * Runs work written as a generator that yields what it must wait for: without a promise where nothing yielded is one, so
 * that a caller who cannot await still gets what is there.
 *
 * @example
 * flow(function* () { const row = yield cache.get(id) ?? load(id); return row })
 */
export function flow<T>(work: Generator<unknown, T, unknown>): T | Promise<T> {
  let step = work.next()
  while (step.done !== true) {
    if (isPromiseLike(step.value)) return awaited(work, step.value)
    step = work.next(step.value)
  }
  return step.value
}

async function awaited<T>(work: Generator<unknown, T, unknown>, first: PromiseLike<unknown>): Promise<T> {
  let waitingFor: unknown = first
  for (;;) {
    const step = await settled(work, waitingFor)
    if (step.done === true) return step.value
    waitingFor = step.value
  }
}

async function settled<T>(work: Generator<unknown, T, unknown>, value: unknown): Promise<IteratorResult<unknown, T>> {
  let result: unknown
  try {
    result = await value
  } catch (error) {
    return work.throw(error)
  }
  return work.next(result)
}
