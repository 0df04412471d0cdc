import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../architecture/source-graph'

const pages = jest.requireActual<Record<string, (beginning?: string) => string | string[]>>(
  '../../scripts/package/pages.cjs',
)
const readme = readFileSync(join(root, 'README.md'), 'utf8')

// What the check of the package takes from the pages, so that page and package cannot drift.

it("takes README.md's first example word for word, but for the place of the database and its last line", () => {
  const text = String(pages['awaitableExample']?.())
  const original = text
    .replace("process.env['DATABASE_URL'] ?? 'sqlite::memory:'", "'sqlite::memory:'")
    .replace('export const done = main()', 'void main()')
  expect(text).not.toBe(original)
  expect(readme).toContain(`\`\`\`ts run\n${original}\n\`\`\``)
  expect(String(pages['firstExample']?.())).toMatch(/\nvoid main\(\)$/)
  expect(String(pages['exampleClasses']?.())).toMatch(/\nexport \{ main, User, UserRepository, UserService \}$/)
})

it('expects the output that the example promises', () => {
  const promised = readme.split('\n').filter(line => line.includes('// => '))
  const expected = pages['expectedOutput']?.() as string[]
  expect(expected).toHaveLength(promised.length)
  for (const line of expected) expect(readme).toContain(`// => ${line}`)
})

it('takes the files of the guide, under the names that the guide gives them', () => {
  const { texts, output } = pages['guideFiles']?.() as unknown as { texts: [string, string][]; output: string[] }
  const names = ['user.ts', 'user.repository.ts', 'user.service.ts', 'main.ts', 'user.service.test.ts']
  expect(texts.map(([name]) => name)).toEqual(names)
  const guide = readFileSync(join(root, 'docs/guides/getting-started.md'), 'utf8')
  for (const [name, text] of texts) {
    expect(guide).toContain(`\`src/${name}\``)
    expect(guide).toContain(`file=${name}\n${text}\n\`\`\``)
  }
  expect(output).toEqual(["2 [ 'alice', 'bob' ]"])
})

it('takes settings, tools and configurations from the guide', () => {
  expect(pages['guideTsconfig']?.()).toContain('"emitDecoratorMetadata": true')
  expect(pages['guideTools']?.()).toEqual(expect.arrayContaining([expect.stringMatching(/^jest@/), 'ts-jest@29']))
  expect(pages['guideJestConfig']?.('module.exports')).toContain("preset: 'ts-jest'")
  expect(pages['guideJestConfig']?.('export default')).toContain('default-esm')
  expect(() => pages['guideJestConfig']?.('something else')).toThrow('has no js block with something else')
})
