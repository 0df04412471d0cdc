import { Deadline } from '../../src/core/deadline'

describe('a deadline', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => jest.useRealTimers())

  it('that is further away than a timer reaches does not come at once', async () => {
    let finish: () => void = () => undefined
    const work = new Promise<void>(resolve => (finish = resolve))
    const met = new Deadline(3_000_000_000).meets(work)
    await jest.advanceTimersByTimeAsync(60_000)
    finish()
    expect(await met).toBe(true)
  })
})
