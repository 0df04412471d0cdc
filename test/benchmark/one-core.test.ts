import { takeOneCore } from '../../benchmark/one-core'

describe('taking one core', () => {
  it('is left alone unless everything can be moved: a process that is no PostgreSQL stays where it is', () => {
    const { oneCore, text } = takeOneCore([process.pid])
    expect(oneCore).toBe(false)
    expect(text).toMatch(/^whatever cores the scheduler chose \((only|the server is not on this machine)/)
  })
})
