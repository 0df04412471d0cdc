import { format } from 'node:util'
import ts from 'typescript'
import * as ambit from 'ambit'
import * as errors from 'ambit/errors'
import * as query from 'ambit/query'
import * as testing from 'ambit/testing'
import * as typeorm from 'typeorm'
import type { CodeBlock } from './markdown-blocks'

/** What a block printed on a line whose comment says what is printed there. */
interface Printed {
  readonly place: string
  readonly expected: string
  readonly found: string[]
}

/**
 * Runs a block, and whatever blocks of its page it imports, until all it awaits is done.
 *
 * @returns the lines with a `// =>` comment that printed something else, or nothing; empty when all is as written
 */
export async function runBlock(block: CodeBlock, page: readonly CodeBlock[]): Promise<readonly string[]> {
  const printed: Printed[] = []
  const loader = new PageLoader(page, printed)
  const { done } = loader.load({ ...block, text: asFunction(block) }) as { done: Promise<unknown> }
  await done
  return printed.flatMap(({ place, expected, found }) => {
    if (found.length === 0) return [`${place} was never reached`]
    return found.filter(text => text !== expected).map(text => `${place} printed ${text}, not ${expected}`)
  })
}

/** Loads a block that declares tests: jest's functions are there as in every test file. */
export function loadTestBlock(block: CodeBlock, page: readonly CodeBlock[]): void {
  new PageLoader(page, []).load(block)
}

/** The lines of a block that promise an output which {@link runBlock} would not compare. */
export function uncheckedOutputs({ page, line, kind, text }: CodeBlock): readonly string[] {
  return text.split('\n').flatMap((each, index) => {
    const isChecked = kind === 'run' && OUTPUT.test(each)
    return each.includes('// =>') && !isChecked ? [`${page}:${line + index}`] : []
  })
}

/** The imports stay at the top, the rest becomes an async function: so a block may await, or end by calling `main()`. */
function asFunction({ file, text }: CodeBlock): string {
  const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const imports = statements.filter(statement => ts.isImportDeclaration(statement))
  const last = imports.at(-1)?.end ?? 0
  const body = text.slice(last).replace(/^(?:void )?main\(\)$/m, 'return main()')
  return `${text.slice(0, last)}; export const done = (async () => {${body}\n})()`
}

type Exports = Record<string, unknown>
type Evaluate = (...args: unknown[]) => void

/** Loads blocks as CommonJS modules. */
class PageLoader {
  readonly #page: readonly CodeBlock[]
  readonly #printed: Printed[]
  readonly #loaded = new Map<string, Exports>()

  constructor(page: readonly CodeBlock[], printed: Printed[]) {
    this.#page = page
    this.#printed = printed
  }

  load(block: CodeBlock): Exports {
    const known = this.#loaded.get(block.file)
    if (known) return known
    const exports: Exports = {}
    this.#loaded.set(block.file, exports)
    const { outputText } = ts.transpileModule(this.#withOutputs(block), { compilerOptions: OPTIONS })
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- running the text of the pages is what this is for
    const evaluate = new Function('require', 'exports', 'console', '__output', outputText) as Evaluate
    evaluate(
      (specifier: string) => this.#require(specifier),
      exports,
      QUIET,
      (index: number, ...what: unknown[]) => this.#printed[index]?.found.push(format(...what)),
    )
    return exports
  }

  #require(specifier: string): unknown {
    const provided = PACKAGES[specifier]
    if (provided) return provided
    const block = this.#page.find(({ file }) => `./${file.replace(/\.ts$/, '')}` === specifier)
    if (block === undefined) throw new Error(`a block imports '${specifier}', which its page does not have`)
    return this.load(block)
  }

  #withOutputs({ page, line, text }: CodeBlock): string {
    return text
      .split('\n')
      .map((each, index) => {
        const [, indent, what, expected] = OUTPUT.exec(each) ?? []
        if (what === undefined || expected === undefined) return each
        this.#printed.push({ place: `${page}:${line + index}`, expected, found: [] })
        return `${indent ?? ''}__output(${this.#printed.length - 1}, ${what})`
      })
      .join('\n')
  }
}

const OUTPUT = /^(.*?)\bconsole\.log\((.*)\) *\/\/ => (.*)$/

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2022,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  useDefineForClassFields: false,
  esModuleInterop: true,
}

const QUIET = { log: () => undefined, warn: () => undefined, error: () => undefined }

/** What a block may import beside the other blocks of its page. */
const PACKAGES: Readonly<Record<string, unknown>> = {
  ambit,
  'ambit/errors': errors,
  'ambit/query': query,
  'ambit/testing': testing,
  typeorm,
  'reflect-metadata': {},
}
