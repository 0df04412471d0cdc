/** Whether a value can be awaited for more than itself: a promise of any library. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** Asks a promise of any library, here and now: some do their work only when they are asked, and each time. */
export function asked(promise: PromiseLike<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => void promise.then(resolve, reject))
}
