import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERROR_CATALOGUE } from 'ambit/errors'
import { root } from '../architecture/source-graph'
import { page } from './pages'

// The page against the messages that wrong programs really get, as the snapshots of test/bad-input hold them.

const { text } = page('docs/guides/troubleshooting.md')
const seen = readFileSync(join(root, 'test/bad-input/__snapshots__/messages.test.ts.snap'), 'utf8')

describe('docs/guides/troubleshooting.md', () => {
  it('has every code that a wrong program shows', () => {
    const codes = codesIn(seen)
    expect(codes.length).toBeGreaterThan(20)
    expect(codes.filter(code => !codesIn(text).includes(code))).toEqual([])
  })

  it('has no code that the catalogue does not have', () => {
    expect(codesIn(text).filter(code => !Object.hasOwn(ERROR_CATALOGUE, code))).toEqual([])
  })

  it('shows the message of a start as it is', () => {
    const [block = ''] = /(?<=```text\n)StartUpError:[^]*?(?=, …\n```)/.exec(text) ?? []
    expect(block.split('\n').length).toBeGreaterThan(10)
    expect(seen).toContain(block)
  })
})

function codesIn(source: string): readonly string[] {
  return [...new Set(source.match(/AMBIT(?:_[A-Z]+)+/g))]
}
