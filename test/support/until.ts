/**
 * Waits for a condition on a server or in a pool that nobody announces. Gives up after twenty seconds: a busy machine is slow,
 * not wrong.
 */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await new Promise(resolve => setImmediate(resolve))
  }
}
