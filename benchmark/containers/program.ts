import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { type Graph, isTree } from './graphs'
import type { Style } from './library'

export interface ProgramFile {
  /** Nobody else's: classes that two declare share what the compiler has learnt about them. */
  readonly name: string
  readonly graph: Graph
  readonly style: Style
}

/** Writes a module that declares the classes of a graph, and answers where it is. */
export function programFile(folder: string, { name, graph, style }: ProgramFile): string {
  const file = join(folder, `${name.replace(/\W+/g, '-')}.js`)
  if (!existsSync(file)) writeFileSync(file, programText(graph, style))
  return file
}

/**
 * JavaScript that exports a `Declare`. Each class has a text of its own, as in an application: compiling five hundred
 * constructors takes longer than calling them.
 */
export function programText(graph: Graph, style: Style): string {
  const classes = graph.map((needs, number) => CLASS[style](number, needs))
  const answer = [`classes: [${graph.map((_, number) => `C${number}`).join(', ')}]`]
  if (style === 'plain') answer.push(buildText(graph))
  if (style === 'plain' && isTree(graph)) answer.push(`tree: () => ${treeText(graph, graph.length - 1)}`)
  const text = `export function declare(decorator) {\n${classes.join('\n')}\nreturn { ${answer.join(', ')} }\n}\n`
  return ts.transpileModule(text, { compilerOptions: OPTIONS }).outputText
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  useDefineForClassFields: false,
}

const CLASS = {
  plain: positional,
  decorated: (number, needs) => `@decorator() ${positional(number, needs)}`,
  destructured(number, needs) {
    const assigned = needs.map((need, index) => `this.a${index} = c${need}`)
    return `class C${number} { constructor({ ${needs.map(need => `c${need}`).join(', ')} }) { ${assigned.join('; ')} } }`
  },
} as const satisfies Record<Style, (number: number, needs: readonly number[]) => string>

function positional(number: number, needs: readonly number[]): string {
  if (needs.length === 0) return `class C${number} {}`
  return `class C${number} { constructor(${needs.map((need, index) => `readonly a${index}: C${need}`).join(', ')}) {} }`
}

/** Each object once, into a variable. */
function buildText(graph: Graph): string {
  const made = graph.map(
    (needs, number) => `const c${number} = new C${number}(${needs.map(need => `c${need}`).join(', ')})`,
  )
  return `build() {\n${made.join('\n')}\nreturn [${graph.map((_, number) => `c${number}`).join(', ')}]\n}`
}

function treeText(graph: Graph, number: number): string {
  return `new C${number}(${(graph[number] ?? []).map(need => treeText(graph, need)).join(', ')})`
}
