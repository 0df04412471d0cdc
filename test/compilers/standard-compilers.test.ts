import { join } from 'node:path'
import { transformSync } from '@babel/core'
import { PackageRoom, type Run, sourcesIn } from './package-room'
import { STANDARD_COMPILERS } from './standard-compilers'

// Without their switch for legacy decorators, compilers call decorators the standard way, refuse them, or drop some of them
// without a word. Whatever a compiler does, nobody may end up with a repository or a transaction that is none.

const room = new PackageRoom()
afterAll(() => room.remove())

describe.each(STANDARD_COMPILERS.map(each => [each.id, each] as const))('%s', (id, compiler) => {
  async function run(program: string): Promise<Run> {
    const folder = room.folderFor(`${program}-${id}`, compiler.format)
    await compiler.compile(sourcesIn(join(__dirname, program)), folder)
    return room.run(compiler, folder, [])
  }

  it('has every decorator refused by the error that names the option', async () => {
    const { status, output, errors } = await run('standard')
    expect({ status, errors }).toEqual({ status: 0, errors: '' })
    const verdicts = Object.entries(JSON.parse(output) as Record<string, string>)
    expect(verdicts).toHaveLength(12)
    expect(verdicts.filter(([, text]) => !NAMES_THE_OPTION.test(text))).toEqual([])
  })

  it('has no repository with a declared property accepted, even where the decorator of the property is dropped', async () => {
    const said = await run('standard-declared').then(
      ({ output, errors }) => output + errors,
      (error: unknown) => String(error),
    )
    expect(said).toMatch(compiler.refusesDeclared ? NOT_VALID_HERE : NAMES_THE_OPTION)
  })
})

describe('Babel with its plugins in another order', () => {
  const TYPES = ['@babel/plugin-transform-typescript', { allowDeclareFields: true }]
  const DECORATORS = ['@babel/plugin-proposal-decorators', { version: 'legacy' }]
  const FIELDS = '@babel/plugin-transform-class-properties'
  const [source = ''] = sourcesIn(join(__dirname, 'standard-declared')).values()
  const compile = (...plugins: (string | unknown[])[]): string =>
    transformSync(source, { filename: 'main.ts', plugins: plugins as string[], configFile: false, babelrc: false })
      ?.code ?? ''

  it('keeps the decorator of a declared property only in the order of the guide, and refuses the others', () => {
    expect(compile(TYPES, DECORATORS, FIELDS)).toMatch(/_applyDecoratedDescriptor\(\w+\.prototype, "findNamed"/)
    expect(() => compile(DECORATORS, TYPES, FIELDS)).toThrow(
      "Fields with the 'declare' modifier cannot be initialized here",
    )
    expect(() => compile(DECORATORS, FIELDS, TYPES)).toThrow("TypeScript 'declare' fields must first be transformed by")
    expect(() => compile('@babel/plugin-transform-typescript', DECORATORS, FIELDS)).toThrow(
      "'allowDeclareFields' option",
    )
  })
})

const NAMES_THE_OPTION =
  /\[AMBIT_(?:QUERY_OPTION|TX_INVALID_METHOD|DI_STANDARD_DECORATORS)\]\s+next: .*experimentalDecorators/
const NOT_VALID_HERE = /Decorators are not valid here/
