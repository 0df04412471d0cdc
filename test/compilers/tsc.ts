import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../architecture/source-graph'
import { compilerHost } from '../query/types/support/compiler'
import type { Sources } from './compiler'
import { writeEach } from './write-each'

/**
 * What `tsc` does with the sources: it checks their types, here against Ambit's own, and writes what it emits. Without
 * `checked` it only emits: target and modules change no verdict.
 */
export function compileWithTsc(sources: Sources, folder: string, settings: ts.CompilerOptions, checked: boolean): void {
  const options: ts.CompilerOptions = { ...PROJECT, ...settings, rootDir: root }
  const virtual = Object.fromEntries([...sources].map(([name, text]) => [join(folder, name), text]))
  const program = ts.createProgram(Object.keys(virtual), options, compilerHost(options, virtual))
  for (const path of Object.keys(virtual)) {
    const source = program.getSourceFile(path)
    const problems = checked ? program.getSemanticDiagnostics(source) : program.getSyntacticDiagnostics(source)
    if (problems.length > 0) throw new Error(ts.formatDiagnostics(problems, FORMAT))
    program.emit(source, (path, text) => writeFileSync(path, text))
  }
}

/** What a build that looks at one file at a time does: it checks nothing. */
export function transpileWithTsc(sources: Sources, folder: string, settings: ts.CompilerOptions): void {
  const compilerOptions = { ...PROJECT, ...settings }
  writeEach(sources, folder, (text, fileName) => ts.transpileModule(text, { compilerOptions, fileName }).outputText)
}

const PROJECT: ts.CompilerOptions = {
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  isolatedModules: true,
  skipLibCheck: true,
  esModuleInterop: true,
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
  paths: { ambit: [join(root, 'src/index.ts')] },
}

const FORMAT: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: name => name,
  getCurrentDirectory: () => root,
  getNewLine: () => '\n',
}
