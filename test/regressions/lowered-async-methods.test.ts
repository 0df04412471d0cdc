import { transformSync as transformWithSwc } from '@swc/core'
import { transformSync as transformWithEsbuild } from 'esbuild'
import ts from 'typescript'
import type { Class } from '../../src/core/metadata'
import { wrapClassMethods } from '../../src/tx/wrap-class'

// For targets before ES2017 compilers write `async` methods as plain ones that call a helper. A class-level boundary left
// these alone, so that what looked atomic was not.

const SOURCE = `
class Base { async parent(a: number) { return a } }
class Example extends Base {
  async plain() { await null }
  async first({ a, b = { c: 1 } }: { a?: number; b?: object } = {}, n = Math.max(1)) { return [a, b, n, this] }
  override async parent(a: number) { const self = () => this; await self().plain(); return (await super.parent(a)) + arguments.length }
  sync() { return { async inner() { return 1 } } }
  chooses() { const made = { async inner() { return 1 } }; return made }
  promise() { return Promise.resolve(1) }
}
Example`

const COMPILERS = {
  tsc: text => ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2016 } }).outputText,
  esbuild: text => transformWithEsbuild(text, { loader: 'ts', target: 'es2016' }).code,
  SWC: text =>
    transformWithSwc(text, {
      swcrc: false,
      isModule: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2016' },
    }).code,
} satisfies Record<string, (text: string) => string>

it('a class-level boundary wraps the async methods that Babel lowered', () => {
  const _asyncToGenerator = (fn: () => Generator) => () => Promise.resolve(fn().next().value)
  class Base {
    keeping(): unknown {
      return undefined
    }
  }
  class Example extends Base {
    plain() {
      return _asyncToGenerator(function* () {
        yield null
      })()
    }
    override keeping() {
      const _superprop_getKeeping = () => super.keeping
      return _asyncToGenerator(function* () {
        yield _superprop_getKeeping
      })()
    }
    other() {
      return Promise.resolve(_asyncToGenerator)
    }
  }
  expect(wrapClassMethods(Example, method => method)).toEqual({ wrapped: ['plain', 'keeping'], skipped: ['other'] })
})

it.each(Object.entries(COMPILERS))('a class-level boundary wraps the async methods that %s lowered', (_, compile) => {
  const code = compile(SOURCE)
  expect(code).not.toMatch(/\basync\s+\w+\(/)
  const example = (0, eval)(`(() => { ${code.replace(/Example;?\s*$/, 'return Example')} })()`) as Class
  expect(wrapClassMethods(example, method => method)).toEqual({
    wrapped: ['plain', 'first', 'parent'],
    skipped: ['sync', 'chooses', 'promise'],
  })
})
