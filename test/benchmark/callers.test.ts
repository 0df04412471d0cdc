import { byCallers } from '../../benchmark/callers'

describe('several callers', () => {
  it('begin before any of them has ended, and each answers', async () => {
    let begun = 0
    let open = (): void => undefined
    const all = new Promise<void>(resolve => {
      open = resolve
    })
    const run = async (): Promise<number> => {
      begun += 1
      const own = begun
      if (begun === 3) open()
      await all
      return own
    }
    expect(await byCallers({ name: 'it', run }, 3).run()).toEqual([1, 2, 3])
  })
})
