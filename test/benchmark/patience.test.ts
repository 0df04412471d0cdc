import { inTime } from '../../benchmark/patience'

describe('patience', () => {
  it('answers what the work answers, and fails as it fails', async () => {
    expect(await inTime('it', async () => 'right')).toBe('right')
    await expect(inTime('it', () => Promise.reject(new Error('no connection')))).rejects.toThrow('no connection')
  })

  it('ends: who waits for ever is refused', async () => {
    const forEver = (): Promise<never> => new Promise(() => undefined)
    await expect(inTime('it', forEver, 1)).rejects.toThrow(
      "'it' does not do the work it is timed for: it still waits after 1 ms.",
    )
  })
})
