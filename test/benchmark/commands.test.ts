import { listed } from '../../benchmark/commands'

describe('commands as a text', () => {
  it('are in order, and counted where there are many', () => {
    expect(listed([])).toBe('')
    expect(listed(['BEGIN', 'SELECT 1', 'COMMIT'])).toBe('BEGIN, SELECT 1, COMMIT')
    const each = ['BEGIN', 'SELECT 1', 'SELECT 1', 'COMMIT']
    expect(listed([...each, ...each, ...each])).toBe('3 x BEGIN, 6 x SELECT 1, 3 x COMMIT')
  })
})
