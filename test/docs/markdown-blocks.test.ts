import { type CodeBlock, codeBlocksOf } from './markdown-blocks'
import { runBlock, uncheckedOutputs } from './run-block'
import { typeErrors } from './type-check'
import { virtualFiles } from './virtual-files'

const fence = (info: string, text = 'code') => `\`\`\`${info}\n${text}\n\`\`\`\n`
const block = (info: string, text: string): CodeBlock => {
  const [found] = codeBlocksOf('page.md', fence(info, text))
  if (found === undefined) throw new Error('no block')
  return found
}

describe('finding the blocks of a page', () => {
  it('tells their kinds, their lines and their text', () => {
    const found = codeBlocksOf(
      'a.md',
      `# A\n\n${fence('ts', 'one\ntwo')}\ntext\n${fence('ts run file=main.ts', 'three')}`,
    )
    expect(found).toEqual([
      { page: 'a.md', line: 4, kind: 'module', file: 'block-4.ts', reason: '', text: 'one\ntwo' },
      { page: 'a.md', line: 10, kind: 'run', file: 'main.ts', reason: '', text: 'three' },
    ])
  })

  it('leaves other languages alone', () => {
    expect(codeBlocksOf('a.md', fence('sh') + fence('json') + fence('') + fence('text'))).toEqual([])
  })

  it('keeps the reason of a skipped block', () => {
    expect(codeBlocksOf('a.md', fence('ts skip needs a web server'))).toMatchObject([
      { kind: 'skip', reason: 'needs a web server' },
    ])
  })

  it.each([
    ['ts rnu', "page.md:1 is marked 'ts rnu', of which 'rnu' is unknown"],
    ['ts run twice', "page.md:1 is marked 'ts run twice', of which 'twice' is unknown"],
    ['typescript', "page.md:1 is marked 'typescript'; write 'ts', so that it is checked"],
  ])('refuses a fence that says %s', (info, message) => {
    expect(() => codeBlocksOf('page.md', fence(info))).toThrow(message)
  })

  it('refuses a fence that nothing closes, and one that is indented', () => {
    expect(() => codeBlocksOf('page.md', '```ts\ncode')).toThrow('page.md:1 opens a fence that nothing closes')
    expect(() => codeBlocksOf('page.md', '- x\n  ```ts\n  code\n  ```')).toThrow('page.md:2 has an indented fence')
  })
})

describe('compiling a block', () => {
  /** All in one program: a program takes seconds. */
  const sources: Readonly<Record<string, string>> = {
    'wrong.md': `text\n\n${fence('ts', "const a = 1\nconst b: string = 'b' + a\nconst c: number = b")}`,
    'fragment.md': fence('ts fragment', 'await transactional({}, () => users.count())'),
    'wrong-fragment.md': fence('ts fragment', 'const n = 1\nawait users.cuont()'),
    'own-name.md': fence('ts fragment', 'class User { own = 1 }\nnew User().own'),
    'two-files.md':
      fence('ts file=x.ts', 'export const x = 1') + fence('ts', "import { x } from './x'\nconst y: number = x"),
    'stranger.md': fence('ts', "import { x } from './x'"),
    'strict.md': fence('ts', 'process.env.HOME\nexport const f = (x) => x'),
    'skipped.md': fence('ts skip is pseudo code', '???'),
  }
  let errors: readonly string[] = []
  beforeAll(() => {
    const found = Object.entries(sources).flatMap(([name, text]) => codeBlocksOf(name, text))
    errors = typeErrors(virtualFiles(found))
  }, 120_000)
  const errorsOf = (name: keyof typeof sources) => errors.filter(error => error.startsWith(`${name}:`))

  it('finds what does not compile, with the line of the page', () => {
    expect(errorsOf('wrong.md')).toEqual(["wrong.md:6 TS2322 Type 'string' is not assignable to type 'number'."])
  })

  it('gives a fragment what the prelude and the packages have, and keeps its lines', () => {
    expect(errorsOf('fragment.md')).toEqual([])
    expect(errorsOf('wrong-fragment.md')).toEqual([
      expect.stringMatching(/^wrong-fragment\.md:3 TS2551 Property 'cuont' does not exist/),
    ])
  })

  it('lets a fragment declare what the prelude has under the same name', () => {
    expect(errorsOf('own-name.md')).toEqual([])
  })

  it('lets the blocks of a page import each other, and no page another', () => {
    expect(errorsOf('two-files.md')).toEqual([])
    expect(errorsOf('stranger.md')).toEqual([expect.stringMatching(/^stranger\.md:2 TS2307/)])
  })

  it('holds blocks to the strictness of the repository', () => {
    expect(errorsOf('strict.md')).toEqual([
      expect.stringMatching(/^strict\.md:2 TS4111/),
      expect.stringMatching(/^strict\.md:3 TS7006/),
    ])
  })

  it('does not compile what is skipped', () => {
    expect(errorsOf('skipped.md')).toEqual([])
  })
})

describe('running a block', () => {
  const run = (text: string, ...page: CodeBlock[]) => runBlock(block('ts run', text), page)

  it('compares what is printed where a comment says it', async () => {
    expect(await run("console.log('a', [1]) // => a [ 1 ]")).toEqual([])
    expect(await run("\nconsole.log('a') // => b")).toEqual(['page.md:3 printed a, not b'])
  })

  it('notices an output that was never reached, and one that came twice', async () => {
    expect(await run('if (process.pid < 0) {\n  console.log(1) // => 1\n}')).toEqual(['page.md:3 was never reached'])
    expect(await run('for (const n of [1, 2]) {\n  console.log(n) // => 1\n}')).toEqual(['page.md:3 printed 2, not 1'])
  })

  it('waits for what the block awaits, and for main()', async () => {
    const wait = 'await new Promise(resolve => setImmediate(resolve))'
    expect(await run(`${wait}\nconsole.log(1) // => 1`)).toEqual([])
    expect(await run(`async function main() {\n  ${wait}\n  console.log(1) // => 1\n}\nvoid main()`)).toEqual([])
  })

  it('fails with the error of the block', async () => {
    await expect(run("throw new Error('wrong example')")).rejects.toThrow('wrong example')
    await expect(run("async function main() { throw new Error('wrong main') }\nvoid main()")).rejects.toThrow(
      'wrong main',
    )
  })

  it('loads the blocks of the page that it imports, each once', async () => {
    const page = codeBlocksOf(
      'page.md',
      fence('ts file=count.ts', 'export const state = { loads: 0 }\nstate.loads += 1'),
    )
    expect(await run("import { state } from './count'\nconsole.log(state.loads) // => 1", ...page)).toEqual([])
    await expect(run("import { x } from './nowhere'\nx()")).rejects.toThrow(
      "imports './nowhere', which its page does not have",
    )
  })

  it('emits what decorators need', async () => {
    const text = `
      import { bootstrap, Service } from 'ambit'
      @Service() class A { readonly name = 'a' }
      @Service() class B { constructor(readonly a: A) {} }
      await using app = await bootstrap({ components: [A, B] })
      console.log(app.get(B).a.name) // => a`
    expect(await run(text.trim())).toEqual([])
  })

  it('finds outputs that nobody would compare', () => {
    expect(uncheckedOutputs(block('ts fragment', 'console.log(1) // => 1'))).toEqual(['page.md:2'])
    expect(uncheckedOutputs(block('ts run', 'f(1) // => 1'))).toEqual(['page.md:2'])
    expect(uncheckedOutputs(block('ts run', 'console.log(1) // => 1'))).toEqual([])
  })
})
