import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  forEachChild,
  createSourceFile,
  isCallExpression,
  isStringLiteralLike,
  isTemplateHead,
  type Node,
} from 'typescript'
import { ScriptTarget } from 'typescript'
import { REQUIRED } from './required'

const ENDING = '.test.ts'

/** The titles of all tests below a folder: where a list of scenarios must be found again. */
function titlesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith(ENDING))
    .flatMap(name => titlesOf(readFileSync(join(folder, name), 'utf8')))
}

/** What stands in the calls that make tests: titles, and the rows of tables that are put into them. */
function titlesOf(source: string): readonly string[] {
  const titles: string[] = []
  const visit = (node: Node): void => {
    if (isCallExpression(node) && MAKES_TESTS.test(node.expression.getText())) {
      const [title, scenarios] = node.arguments
      // `repeated(stage, title, …)` has its title second; of the others the second argument is the test itself.
      for (const part of node.expression.getText() === 'repeated' ? [scenarios] : [title]) collect(part, titles)
    }
    forEachChild(node, visit)
  }
  visit(createSourceFile('a.ts', source, ScriptTarget.Latest, true))
  return titles
}

const MAKES_TESTS = /^(it|describe|repeated|itDisposes)\b/

function collect(node: Node | undefined, titles: string[]): void {
  if (node === undefined) return
  if (isStringLiteralLike(node) || isTemplateHead(node)) titles.push(node.text)
  forEachChild(node, child => collect(child, titles))
}

function idsIn(titles: readonly string[]): ReadonlySet<string> {
  return new Set(titles.flatMap(title => title.match(/\b(?:(?:SP|NC|MO|TO|G|PI)-W?\d+|[RQAOS]\d+\b)/g) ?? []))
}

const byFolder = new Map<string, ReadonlySet<string>>()

/** Every list looks through the same files. */
function idsBelow(folder: string): ReadonlySet<string> {
  const found = byFolder.get(folder) ?? idsIn(titlesBelow(folder))
  byFolder.set(folder, found)
  return found
}

/** `'SP-'` of `'SP-40'`, `'Q'` of `'Q7'`. */
function listOf(id: string): string {
  return id.replace(/W?\d+$/, '')
}

describe.each(REQUIRED)('the scenarios of $source', ({ ids, excluded, folder = 'acceptance' }) => {
  const found = idsBelow(join(__dirname, '..', folder))

  it('are all tests here, but for those that are left out', () => {
    expect(ids.filter(id => !found.has(id) && !Object.hasOwn(excluded, id))).toEqual([])
  })

  it('are left out with a reason, and only where there is no test', () => {
    for (const [id, reason] of Object.entries(excluded)) {
      expect([id, ids.includes(id), found.has(id)]).toEqual([id, true, false])
      expect(reason).toMatch(/\w+ \w+ \w+/)
    }
  })

  it('have no relatives that nobody asked for: a number that is mistyped shows', () => {
    const list = listOf(ids[0] ?? '')
    expect([...found].filter(id => listOf(id) === list && !ids.includes(id))).toEqual([])
  })
})

describe('the search for titles', () => {
  it('finds them in plain tests, in tables and in templates, and nowhere else', () => {
    const source = [
      "it('G-01 plain', () => { log('G-02 said') })",
      "it.each([['G-03', 1]])('%s in a table', () => {})",
      'repeated(stage, `G-04 ${name}`, async () => {})',
      "describe('G-05', () => { it('inside', () => { expect('G-06').toBe('') }) })",
      '// G-07 in a comment',
      "it('PI-08 and PI-W9: two of one list', () => {})",
      "it('Q1, R12: without a dash', () => { log('O3 said') })",
      "it('has 3 Rs, S3x and SQ7', () => {})",
    ]
    expect([...idsIn(titlesOf(source.join('\n')))]).toEqual([
      'G-01',
      'G-03',
      'G-04',
      'G-05',
      'PI-08',
      'PI-W9',
      'Q1',
      'R12',
    ])
  })
})
