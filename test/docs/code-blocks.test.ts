import { documentedFiles } from './docstrings'
import { type CodeBlock, codeBlocksOf } from './markdown-blocks'
import { pages } from './pages'
import { loadTestBlock, runBlock, uncheckedOutputs } from './run-block'
import { typeErrors } from './type-check'
import { virtualFiles } from './virtual-files'

// The TypeScript of the pages: all of it is compiled against the sources, and what is marked `run` or `test` runs on SQLite.
// So do the examples of doc comments that say what they print.

const byPage = [...pages().map(({ path, text }) => ({ path, blocks: codeBlocksOf(path, text) })), ...documentedFiles()]
const blocks = byPage.flatMap(page => page.blocks)
const ofKind = (kind: CodeBlock['kind']) =>
  blocks.filter(block => block.kind === kind).map(block => [at(block), block] as const)

function at({ page, line }: CodeBlock): string {
  return `${page}:${line}`
}

function pageOf(block: CodeBlock): readonly CodeBlock[] {
  return byPage.find(({ path }) => path === block.page)?.blocks ?? []
}

describe('the code on the pages', () => {
  it('is there, so that what follows says something', () => {
    expect(blocks.length).toBeGreaterThan(30)
    expect(ofKind('run').length).toBeGreaterThan(8)
  })

  it('compiles', () => {
    expect(typeErrors(virtualFiles(blocks))).toEqual([])
  }, 120_000)

  it('begins, in README.md, with a program that runs', () => {
    expect(blocks.find(({ page }) => page === 'README.md')?.kind).toBe('run')
  })

  it('says why, where it is not checked', () => {
    expect(blocks.filter(({ kind, reason }) => kind === 'skip' && reason.length < 10).map(at)).toEqual([])
  })

  it('promises no output that is not compared', () => {
    expect(blocks.flatMap(uncheckedOutputs)).toEqual([])
  })

  it.each(ofKind('run'))('%s runs, and prints what it says', async (_, block) => {
    expect(await runBlock(block, pageOf(block))).toEqual([])
  })

  describe.each(ofKind('test'))('%s, a file of tests,', (_, block) => {
    loadTestBlock(block, pageOf(block))
  })
})
