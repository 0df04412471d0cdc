import { SqliteConnectionBusyError } from '../../../src/data-source/sqlite/errors'
import { LeaseQueue } from '../../../src/data-source/sqlite/lease-queue'
import { settled } from './harness'

const busy = (facts: ConstructorParameters<typeof SqliteConnectionBusyError>[2]): Error =>
  new SqliteConnectionBusyError('AMBIT_SQLITE_WRITER_BUSY', 'the writer', facts)

const request = (who: string, timeoutMs = 1_000, signal?: AbortSignal) => ({ who, timeoutMs, signal })

describe('a lease queue', () => {
  it('hands the lease over in the order in which it was asked for', async () => {
    const queue = new LeaseQueue(1, busy)
    const first = await queue.take(request('first'))
    const order: number[] = []
    const others = Array.from({ length: 64 }, async (_, index) => {
      const lease = await queue.take(request(`waiter ${index}`))
      order.push(index)
      await settled()
      lease.give()
    })
    first.give()
    await Promise.all(others)
    expect(order).toEqual(Array.from({ length: 64 }, (_, index) => index))
    expect(queue.held).toBe(0)
  })

  it('lets nobody barge in between a return and the next in line', async () => {
    const queue = new LeaseQueue(1, busy)
    const first = await queue.take(request('first'))
    const second = queue.take(request('second'))
    first.give()
    // The second has not run yet, but the lease is its own already.
    expect(queue.takeNow(request('barging'))).toBeUndefined()
    const lease = await second
    expect(lease.request.who).toBe('second')
    lease.give()
  })

  it('lets as many in as it has room for', async () => {
    const queue = new LeaseQueue(2, busy)
    const [one, two] = [await queue.take(request('one')), await queue.take(request('two'))]
    const three = queue.take(request('three'))
    await settled()
    expect(queue).toMatchObject({ held: 2, waiting: 1 })
    two.give()
    ;(await three).give()
    one.give()
    expect(queue).toMatchObject({ held: 0, waiting: 0 })
  })

  it('takes a lease back once only', async () => {
    const queue = new LeaseQueue(1, busy)
    const first = await queue.take(request('first'))
    first.give()
    const second = await queue.take(request('second'))
    first.give()
    expect(queue.held).toBe(1)
    second.give()
  })

  it('ends a wait at its bound, and says who holds what for how long, and who waits', async () => {
    const queue = new LeaseQueue(1, busy)
    const holder = await queue.take(request('Reports.rebuild'))
    const patient = queue.take(request('Stock.count', 60_000))
    const late = queue.take(request('Orders.place', 20))
    const error = await late.then(
      () => undefined,
      (thrown: unknown) => thrown as SqliteConnectionBusyError,
    )
    expect(error).toBeInstanceOf(SqliteConnectionBusyError)
    expect(error).toMatchObject({
      waiter: 'Orders.place',
      waitedMs: 20,
      holder: 'Reports.rebuild',
      waiting: 1,
      code: 'AMBIT_SQLITE_WRITER_BUSY',
    })
    expect(error?.message.replace(/held for \d+ ms/, 'held for N ms')).toBe(
      'Orders.place waited 20 ms for the writer, which Reports.rebuild has held for N ms, running nothing now; 1 more in the queue. [AMBIT_SQLITE_WRITER_BUSY]\n' +
        '  where: Orders.place\n' +
        '  next:  Move slow work (network calls, timers) out of the transaction of Reports.rebuild, or raise waitTimeoutMs; if Reports.rebuild itself awaits Orders.place, run one after the other.',
    )
    expect(error?.heldMs).toBeGreaterThanOrEqual(19)
    expect(queue.waiting).toBe(1)
    holder.give()
    ;(await patient).give()
  })

  it('forgets a waiter that has left: the next one gets the lease', async () => {
    const queue = new LeaseQueue(1, busy)
    const holder = await queue.take(request('holder'))
    await expect(queue.take(request('left', 5))).rejects.toThrow('left waited 5 ms')
    const next = queue.take(request('next'))
    holder.give()
    expect((await next).request.who).toBe('next')
    ;(await next).give()
  })

  it('lets a waiter leave on its signal, with the reason of the signal', async () => {
    const queue = new LeaseQueue(1, busy)
    const holder = await queue.take(request('holder'))
    const stop = new AbortController()
    const waiting = queue.take(request('waiting', 60_000, stop.signal))
    await settled()
    const reason = new Error('deadline')
    stop.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    expect(queue.waiting).toBe(0)
    holder.give()
    expect(queue.held).toBe(0)
  })

  it('does not even queue for a signal that is aborted already', async () => {
    const queue = new LeaseQueue(1, busy)
    const reason = new Error('too late')
    await expect(queue.take(request('never', 60_000, AbortSignal.abort(reason)))).rejects.toBe(reason)
    expect(queue.held).toBe(0)
  })

  it('does not mind a signal that is aborted after the lease was given', async () => {
    const queue = new LeaseQueue(1, busy)
    const stop = new AbortController()
    const first = await queue.take(request('first'))
    const second = queue.take(request('second', 1_000, stop.signal))
    first.give()
    stop.abort(new Error('too late'))
    expect((await second).request.who).toBe('second')
    ;(await second).give()
  })

  it('refuses waiters and newcomers when it closes, and waits for the holder', async () => {
    const queue = new LeaseQueue(1, busy)
    const holder = await queue.take(request('holder'))
    const waiting = queue.take(request('waiting'))
    const closed = queue.close(() => new Error('closed'), 60_000)
    await expect(waiting).rejects.toThrow('closed')
    await expect(queue.take(request('newcomer'))).rejects.toThrow('closed')
    holder.give()
    expect(await closed).toBe(true)
  })

  it('waits for a holder no longer than it is told to', async () => {
    const queue = new LeaseQueue(1, busy)
    await queue.take(request('for ever'))
    expect(await queue.close(() => new Error('closed'), 5)).toBe(false)
  })
})
