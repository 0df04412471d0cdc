/**
 * What a synchronous driver has at once, and another one later. A value that is at hand costs no promise: on Node 20 and 22
 * each costs some 100 ns where async context is tracked. Errors of what is at hand are thrown.
 *
 * Longer work on such values is written with `flow()`: it runs to its end within the tick where nothing in it is late.
 */
export type Prompt<T> = T | Promise<T>

/** The steps of such work: it yields what may be late. */
export type Flow<T> = Generator<unknown, T, unknown>

/** Goes on with a value: now where it is at hand, else when it comes. */
export function after<T, R>(value: Prompt<T>, next: (value: T) => Prompt<R>): Prompt<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** What work answers: at once, or later, but never by throwing. */
export function prompt<T>(work: () => Prompt<T>): Prompt<T> {
  try {
    return work()
  } catch (error) {
    const failure = error as Error
    return Promise.reject(failure)
  }
}

/** A promise for a caller who must have one, also of an error that is thrown at once. */
export function promised<T>(work: () => Prompt<T>): Promise<T> {
  return Promise.resolve(prompt(work))
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
