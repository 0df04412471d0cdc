import { readFileSync } from 'node:fs'
import { PROPAGATIONS } from '../../src/tx/propagation'

interface Pictures {
  readonly modes: readonly string[]
  wordsOf(mode: string): string
  fileOf(mode: string): string
  picture(mode: string): string
}

// eslint-disable-next-line @typescript-eslint/no-require-imports -- a script, in CommonJS and without types
const pictures = require('../../scripts/docs/propagation-pictures.cjs') as Pictures
const guide = readFileSync('docs/guides/transactions.md', 'utf8')

describe('the pictures of the propagation modes', () => {
  it('are one for each mode', () => {
    expect([...pictures.modes].sort()).toEqual([...PROPAGATIONS].sort())
  })

  it.each(PROPAGATIONS)('%s: the committed file is what the script draws', mode => {
    expect(readFileSync(pictures.fileOf(mode), 'utf8')).toBe(pictures.picture(mode))
  })

  it.each(PROPAGATIONS)('%s: the guide shows it, and says the same in words', mode => {
    const file = `propagation-${mode.toLowerCase().replaceAll('_', '-')}.svg`
    expect(guide).toContain(`![${mode}: ${pictures.wordsOf(mode)}](images/${file})`)
  })
})
