/** Does something, and says how long it took, in milliseconds, whatever came of it. */
export async function timed<T>(work: () => Promise<T>, tell: (elapsedMs: number) => void): Promise<T> {
  const started = performance.now()
  try {
    return await work()
  } finally {
    tell(performance.now() - started)
  }
}
