import { documentedFiles, examplesOf } from './docstrings'

// The examples themselves run in code-blocks.test.ts.

const comment = (...lines: readonly string[]): string => ['/**', ...lines.map(line => ` * ${line}`), ' */'].join('\n')

describe('finding the examples of doc comments', () => {
  it('takes those that say what they print, whole, with their lines', () => {
    const text = `\n${comment('Says.', '', '@example', "import { a } from 'a'", '', '@Service()', 'console.log(1) // => 1')}`
    expect(examplesOf('src/a.ts', text)).toEqual([
      {
        page: 'src/a.ts',
        line: 6,
        kind: 'run',
        file: 'block-6.ts',
        reason: '',
        text: "import { a } from 'a'\n\n@Service()\nconsole.log(1) // => 1",
      },
    ])
  })

  it('ends where the next tag begins', () => {
    const text = comment('@example', 'console.log(1) // => 1', '@throws Error', '@example', 'console.log(2) // => 2')
    expect(examplesOf('a.ts', text).map(({ line, text: each }) => [line, each])).toEqual([
      [3, 'console.log(1) // => 1'],
      [6, 'console.log(2) // => 2'],
    ])
  })

  it('leaves those that promise nothing', () => {
    expect(examplesOf('a.ts', comment('@example', 'await users.count()'))).toEqual([])
  })

  it('finds them in the sources', () => {
    const paths = documentedFiles().map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining(['src/query/builder/conditions.ts', 'src/testing/errors.ts']))
    expect(documentedFiles().flatMap(({ blocks }) => blocks).length).toBeGreaterThan(70)
  })
})
