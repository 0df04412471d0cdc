import { flow } from '../../src/core/flow'

describe('flow', () => {
  it('gives back the result itself where nothing has to be waited for', () => {
    const steps: unknown[] = []
    const result = flow(
      (function* () {
        steps.push(yield 1, yield undefined)
        return 'done'
      })(),
    )
    expect(result).toBe('done')
    expect(steps).toEqual([1, undefined])
  })

  it('gives a promise from the first promise on, and passes on what it resolves to', async () => {
    const result = flow(
      (function* () {
        const first = yield 1
        const second = yield Promise.resolve(2)
        const third = yield 3
        return [first, second, third]
      })(),
    )
    expect(result).toBeInstanceOf(Promise)
    expect(await result).toEqual([1, 2, 3])
  })

  it('throws rejections where they were yielded, so that the work can go on', async () => {
    const result = flow(
      (function* () {
        try {
          yield Promise.reject(new Error('no'))
        } catch (error) {
          yield Promise.resolve()
          return (error as Error).message
        }
        return 'not reached'
      })(),
    )
    expect(await result).toBe('no')
  })

  it('throws what the work throws: at once before the first promise, as a rejection behind it', async () => {
    const failing = (first: unknown): Generator<unknown, never, unknown> =>
      (function* () {
        yield first
        throw new Error('failed')
      })()
    expect(() => flow(failing(1))).toThrow('failed')
    await expect(flow(failing(Promise.resolve()))).rejects.toThrow('failed')
  })
})
