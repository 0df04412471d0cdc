import { dirname, join } from 'node:path'
import ts from 'typescript'
import { root } from '../architecture/source-graph'
import type { VirtualFile } from './virtual-files'

/** What the compiler says about the blocks, all of them in one program with the sources: `page:line message`. */
export function typeErrors(files: readonly VirtualFile[]): readonly string[] {
  const options = compilerOptions()
  const virtual = new Map(files.map(file => [file.path, file]))
  const host = hostWith(virtual, options)
  const program = ts.createProgram([...virtual.keys()], options, host)
  return files.flatMap(file => {
    const source = program.getSourceFile(file.path)
    if (source === undefined) return [`${file.block.page}:${file.block.line} was not read`]
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.map(diagnostic => sentence(file, source, diagnostic))
  })
}

function compilerOptions(): ts.CompilerOptions {
  const path = join(root, 'tsconfig.json')
  const { config } = ts.readConfigFile(path, name => ts.sys.readFile(name)) as { config: { include?: unknown } }
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root)
  return {
    ...options,
    // An example shows a name for its own sake; and the libraries' own declarations are no business of the pages.
    noUnusedLocals: false,
    noUnusedParameters: false,
    skipLibCheck: true,
  }
}

function hostWith(virtual: ReadonlyMap<string, VirtualFile>, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options)
  const folders = new Set([...virtual.keys()].map(path => dirname(path)))
  return {
    ...host,
    fileExists: path => virtual.has(path) || host.fileExists(path),
    readFile: path => virtual.get(path)?.text ?? host.readFile(path),
    directoryExists: path => folders.has(path) || (host.directoryExists?.(path) ?? true),
    getSourceFile: (path, ...rest) => {
      const file = virtual.get(path)
      if (file === undefined) return host.getSourceFile(path, ...rest)
      return ts.createSourceFile(path, file.text, rest[0])
    },
  }
}

function sentence({ block, headerLines }: VirtualFile, source: ts.SourceFile, diagnostic: ts.Diagnostic): string {
  const { line } = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0)
  const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')
  return `${block.page}:${block.line + line - headerLines} TS${diagnostic.code} ${text}`
}
