import { contractCase, type Stage } from '../resource-under-test'

/** Waits for a connection: who comes next, and how a wait ends that does not come to its end. */
export const WAITING = [
  contractCase('a transaction that finds no connection waits, and is next', async stage => {
    const { port, open, write, committed, waits } = stage
    const holder = open()
    await write(holder, 'a')
    const waiting = open()
    const written = write(waiting, 'b')
    await waited(stage)
    await holder.commit()
    await written
    expect(port.usage?.waiting).toBe(0)
    expect(await waiting.commit()).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['a', 'b'])
    expect(waits).toHaveLength(2)
  }),

  contractCase('onLeased() is told once for each transaction, before its first statement is answered', async stage => {
    const { open, write, read, waits } = stage
    const transaction = open()
    await write(transaction, 'a')
    expect(waits).toEqual([expect.any(Number)])
    expect(waits[0]).toBeGreaterThanOrEqual(0)
    await read(transaction)
    await transaction.rollback()
    expect(waits).toHaveLength(1)
  }),

  contractCase('a wait ends after waitTimeoutMs, with an error that names a way out', async stage => {
    const { open, write, committed } = stage
    const holder = open()
    await write(holder, 'a')
    const waiting = open({ waitTimeoutMs: 20, label: 'Waits.inVain' })
    const failure = expect.objectContaining({ message: expect.stringMatching(/Waits\.inVain[^]*next:/) as string })
    await expect(write(waiting, 'b')).rejects.toEqual(failure)
    await waiting.rollback()
    expect(await holder.commit()).toEqual({ kind: 'committed' })
    expect(await committed()).toEqual(['a'])
  }),

  contractCase('a wait ends with the signal, and throws its reason', async stage => {
    const { port, open, write, committed } = stage
    const holder = open()
    await write(holder, 'a')
    const stop = new AbortController()
    const waiting = open({ signal: stop.signal })
    const written = write(waiting, 'b')
    await waited(stage)
    stop.abort(new Error('enough'))
    await expect(written).rejects.toThrow('enough')
    await waiting.rollback()
    await holder.commit()
    expect(port.usage).toEqual({ connections: 0, waiting: 0 })
    expect(await committed()).toEqual(['a'])
  }),

  contractCase('whoever gave up waiting takes no connection from the next', async stage => {
    const { open, write, committed } = stage
    const holder = open()
    await write(holder, 'a')
    const stop = new AbortController()
    const [quitter, next] = [open({ signal: stop.signal }), open()]
    const [given, taken] = [write(quitter, 'b'), write(next, 'c')]
    given.catch(() => undefined)
    await waited(stage, 2)
    stop.abort(new Error('enough'))
    await holder.commit()
    await expect(given).rejects.toThrow('enough')
    await quitter.rollback()
    await taken
    await next.commit()
    expect(await committed()).toEqual(['a', 'c'])
  }),

  contractCase('a signal that was aborted before leaves nothing behind', async stage => {
    const { open, write, committed } = stage
    const transaction = open({ signal: AbortSignal.abort(new Error('too late')) })
    await write(transaction, 'a').catch(() => undefined)
    await transaction.rollback()
    expect(await committed()).toEqual([])
  }),
]

/** Until so many wait: nothing says so by itself. */
async function waited({ port }: Stage, count = 1): Promise<void> {
  for (let turn = 0; port.usage?.waiting !== count; turn += 1) {
    if (turn > 1_000) throw new Error(`${count} should be waiting: ${JSON.stringify(port.usage)}`)
    await new Promise(resolve => setImmediate(resolve))
  }
}
