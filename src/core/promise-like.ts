/** Whether a value can be awaited for more than itself: a promise of any library. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** Asks a promise of any library, here and now: some do their work only when they are asked, and each time. */
export function asked(promise: PromiseLike<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => void promise.then(resolve, reject))
}

/** What a call answers, asked here and now where it is a promise that may do its work only then. */
export function askedHere(result: unknown): unknown {
  return isPromiseLike(result) && !(result instanceof Promise) ? asked(result) : result
}
