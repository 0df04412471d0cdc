import { compileFunction } from 'node:vm'
import { transformSync as babel } from '@babel/core'
import { transformSync as swc } from '@swc/core'
import { transformSync as esbuild } from 'esbuild'
import ts from 'typescript'
import { emittedFields } from '../../src/core/emitted-fields'
import type { Class } from '../../src/core/metadata'

// What a class looks like once a compiler has had it: the words that tell a field are theirs, so theirs are tested.

const SOURCE = `
  class Base { base = 1 }
  export class Users extends Base {
    byName!: (name: string) => void;
    $odd: unknown;
    register = async (name: string) => { byArrow: name };
    /** byComment; byComment = 1; */
    // byLine;
    text = "; byText; byText = 1;";
    declare declared: () => void;
    byMethod() { const { byMethod, byShorthand } = this as any; return { byShorthand, byMethod } }
    get byGetter() { return this.byRead === this.byOther }
    async byParameter(byDefault = 1) { return (byDefault == 2) || byDefault >= 3 }
  }`

const NAMES = [
  ...['byName', '$odd', 'register', 'byArrow', 'byComment', 'byLine', 'byText', 'declared', 'byMethod'],
  ...['byShorthand', 'byGetter', 'byRead', 'byOther', 'byParameter', 'byDefault', 'base', 'by'],
]

const withTsc = (options: ts.CompilerOptions) => (source: string) =>
  ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.CommonJS, ...options } }).outputText

const withSwc = (target: 'es2017' | 'es2022') => (source: string) =>
  swc(source, {
    module: { type: 'commonjs' },
    jsc: { target, parser: { syntax: 'typescript' }, transform: { useDefineForClassFields: true } },
  }).code

const withEsbuild = (target: string, minify: boolean) => (source: string) =>
  esbuild(source, {
    loader: 'ts',
    format: 'cjs',
    target,
    minify,
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: true } },
  }).code

const withBabel =
  (...plugins: readonly string[]) =>
  (source: string) =>
    babel(source, {
      configFile: false,
      filename: 'users.ts',
      plugins: [
        ['@babel/plugin-transform-typescript', { allowDeclareFields: true }],
        ...plugins,
        '@babel/plugin-transform-modules-commonjs',
      ],
    })?.code ?? ''

describe('fields that compilers emit', () => {
  const { ES2017, ES2022 } = ts.ScriptTarget

  it.each([
    ['tsc', withTsc({ target: ES2022, useDefineForClassFields: true })],
    ['tsc for ES2017', withTsc({ target: ES2017, useDefineForClassFields: true })],
    ['SWC', withSwc('es2022')],
    ['SWC for ES2017', withSwc('es2017')],
    ['esbuild', withEsbuild('node20', false)],
    ['esbuild, minified', withEsbuild('node20', true)],
    ['esbuild for ES2017', withEsbuild('es2017', false)],
    ['Babel', withBabel()],
    ['Babel for old targets', withBabel('@babel/plugin-transform-class-properties')],
  ])('are found in what %s makes, and nothing else is', (_, compile) => {
    expect(emittedFields(load(compile(SOURCE)), NAMES)).toEqual({
      empty: ['byName', '$odd'],
      initialised: ['register'],
    })
  })

  it('are none for declarations where the build emits none, except those with a value', () => {
    const compiled = withTsc({ target: ES2022, useDefineForClassFields: false })(SOURCE)
    expect(emittedFields(load(compiled), NAMES)).toEqual({ empty: [], initialised: ['register'] })
  })

  it('of a base are not those of the class', () => {
    class Base {
      static readonly own = 1
      field = 1
    }
    class Derived extends Base {}
    expect(emittedFields(Derived, ['field', 'own'])).toEqual({ empty: [], initialised: [] })
    expect(emittedFields(Base, ['field'])).toEqual({ empty: [], initialised: ['field'] })
  })

  it('are none of a function that has no text', () => {
    const bound = function Users() {}.bind(undefined) as unknown as Class
    expect(emittedFields(bound, ['byName', 'a.b(', ''])).toEqual({ empty: [], initialised: [] })
  })
})

function load(code: string): Class {
  const module = { exports: {} as { Users?: Class } }
  compileFunction(code, ['exports', 'require', 'module'])(module.exports, require, module)
  if (module.exports.Users === undefined) throw new Error(`no class in\n${code}`)
  return module.exports.Users
}
