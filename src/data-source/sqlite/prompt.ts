/**
 * What a synchronous driver has at once, and another one later. Work on such values is written with `flow()`: it runs to
 * its end within the tick where nothing in it is late, and costs no promise then. Errors of what is at hand are thrown.
 */
export type Prompt<T> = T | Promise<T>

/** The steps of such work: it yields what may be late. */
export type Flow<T> = Generator<unknown, T, unknown>

/** A promise for a caller who must have one, also of an error that is thrown at once. */
export function promised<T>(work: () => Prompt<T>): Promise<T> {
  try {
    return Promise.resolve(work())
  } catch (error) {
    const failure = error as Error
    return Promise.reject(failure)
  }
}

/** Does what is best done, though it may fail; says whether it did not. */
export function* attempted(work: () => Prompt<unknown>): Flow<boolean> {
  try {
    yield work()
    return true
  } catch {
    return false
  }
}
