import { dirname, join } from 'node:path'
import ts from 'typescript'
import { root } from '../../../architecture/source-graph'

/** Texts by absolute path, for files that are on no disk. */
export type VirtualTree = Readonly<Record<string, string>>

export interface TypeProblem {
  /** From 1. */
  readonly line: number
  readonly code: number
  readonly message: string
}

/** What the compiler found in some files. */
export interface Compilation {
  problemsOf(path: string): readonly TypeProblem[]
  /** How many types it instantiated to find it: the same on every machine. */
  readonly instantiations: number
}

/** The options of the repository's own tsconfig. */
export const REPOSITORY_OPTIONS: ts.CompilerOptions = { ...repositoryOptions(), skipLibCheck: true }

/** What `tsc --init` and TypeORM's manual would have a user write, and no more. */
export const PLAIN_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  experimentalDecorators: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
  paths: { ambit: [join(root, 'src/index.ts')] },
}

/** Checks `checked`, which may be on the disk or virtual, and nothing that it imports. */
export function compile(
  checked: readonly string[],
  { options = REPOSITORY_OPTIONS, virtual = {} }: { options?: ts.CompilerOptions; virtual?: VirtualTree } = {},
): Compilation {
  const program = ts.createProgram(checked, options, compilerHost(options, virtual))
  const problems = new Map(checked.map(path => [path, problemsIn(program, path)]))
  return {
    problemsOf: path => problems.get(path) ?? [],
    instantiations: program.getInstantiationCount(),
  }
}

/** The declarations that a build of the package would hold, by their path below `folder`. */
export function emitDeclarations(folder: string): VirtualTree {
  const options = { ...REPOSITORY_OPTIONS, noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: folder }
  const build = { ...options, rootDir: join(root, 'src'), paths: {} }
  const program = ts.createProgram([join(root, 'src/index.ts')], build, compilerHost(build, {}))
  const written: Record<string, string> = {}
  program.emit(undefined, (path, text) => (written[path] = text), undefined, true)
  return written
}

function problemsIn(program: ts.Program, path: string): readonly TypeProblem[] {
  const source = program.getSourceFile(path)
  if (source === undefined) throw new Error(`${path} was not read`)
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ start = 0, code, messageText }) => ({
      line: source.getLineAndCharacterOfPosition(start).line + 1,
      code,
      message: ts.flattenDiagnosticMessageText(messageText, ' '),
    }),
  )
}

function repositoryOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), name => ts.sys.readFile(name)) as { config: object }
  return ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root).options
}

/** Reads from the disk what is not virtual. */
export function compilerHost(options: ts.CompilerOptions, virtual: VirtualTree): ts.CompilerHost {
  const host = ts.createCompilerHost(options)
  const folders = new Set(Object.keys(virtual).map(path => dirname(path)))
  return {
    ...host,
    fileExists: path => virtual[path] !== undefined || host.fileExists(path),
    readFile: path => virtual[path] ?? host.readFile(path),
    directoryExists: path => folders.has(path) || (host.directoryExists?.(path) ?? true),
    getSourceFile(path, language) {
      const text = virtual[path]
      if (text !== undefined) return ts.createSourceFile(path, text, language)
      const known = read.get(path) ?? host.getSourceFile(path, language)
      if (known) read.set(path, known)
      return known
    },
  }
}

/** Files are read once for all programs: their options differ only in what they ask of the virtual files. */
const read = new Map<string, ts.SourceFile>()
