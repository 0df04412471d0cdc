import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync, transformSync } from 'esbuild'
import ts from 'typescript'
import { root } from '../architecture/source-graph'

/** Ways in which people compile; the first one is the documented one. */
export type Build = keyof typeof BUILDS

export interface ProgramRun {
  /** The name of a file in programs/, without its ending. */
  readonly program: string
  readonly build?: Build
  readonly args?: readonly string[]
}

export interface Outcome {
  readonly exitCode: number | null
  /** Everything that a user sees, without the lines of stacks. */
  readonly output: string
  /** What it left in its working directory. */
  readonly files: readonly string[]
  /** What reached SQLite. */
  readonly statements: readonly string[]
}

/** A folder like a user's: compiled programs, and `ambit` among the installed packages. */
export class ProgramFolder {
  readonly #path = mkdtempSync(join(tmpdir(), 'ambit-bad-input-'))
  readonly #lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()]
  #runs = 0

  constructor() {
    mkdirSync(join(this.#path, 'node_modules'))
    for (const name of PACKAGES) symlinkSync(join(root, 'node_modules', name), join(this.#path, 'node_modules', name))
    cpSync(join(__dirname, 'preload.cjs'), join(this.#path, 'preload.cjs'))
    installAmbit(join(this.#path, 'node_modules', 'ambit'))
    for (const build of Object.keys(BUILDS)) mkdirSync(join(this.#path, build))
  }

  /** Runs a program in a process of its own, and waits until it has ended by itself. */
  run(run: ProgramRun): Promise<Outcome> {
    // In two lanes: a process on its way up waits as much as it works.
    const turn = this.#lanes[this.#runs % this.#lanes.length] ?? Promise.resolve()
    const outcome = turn.then(() => this.#run(run))
    this.#lanes[this.#runs % this.#lanes.length] = outcome.catch(() => undefined)
    this.#runs += 1
    return outcome
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true })
  }

  async #run({ program, build = 'tsc', args = [] }: ProgramRun): Promise<Outcome> {
    const run = mkdtempSync(join(this.#path, 'run-'))
    const statements = `${run}.json`
    const main = this.#compile(build, program)
    const child = spawn(process.execPath, ['-r', join(this.#path, 'preload.cjs'), main, ...args], {
      cwd: run,
      env: { PATH: process.env['PATH'], STATEMENTS: statements },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS)
    const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null]
    clearTimeout(timer)
    if (signal !== null) throw new Error(`${program} did not end by itself. It printed:\n${printed}`)
    return {
      exitCode,
      output: this.#readable(printed),
      files: readdirSync(run),
      statements: JSON.parse(readFileSync(statements, 'utf8')) as string[],
    }
  }

  /** Compiles a program, and the files beside it that it imports. */
  #compile(build: Build, program: string): string {
    const compiled = join(this.#path, build, `${program}.js`)
    if (existsSync(compiled)) return compiled
    const text = readFileSync(join(__dirname, 'programs', `${program}.ts`), 'utf8')
    writeFileSync(compiled, BUILDS[build](text))
    for (const [, imported = ''] of text.matchAll(/from '\.\/(.+)'/g)) this.#compile(build, imported)
    return compiled
  }

  /** Without the lines of stacks, and the same on every machine. */
  #readable(printed: string): string {
    return printed
      .replace(/(?:\n *(?:at .*?|\.\.\. \d+ lines matching cause stack trace \.\.\.))+( \{)?$/gm, '$1')
      .replaceAll(this.#path, '.')
      .trimEnd()
  }
}

/** The sources as a build of the package would hold them. */
function installAmbit(folder: string): void {
  const sources = join(root, 'src')
  buildSync({
    entryPoints: readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.ts'))
      .map(file => join(sources, file)),
    outdir: folder,
    outbase: sources,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
  })
}

const BUILDS = {
  tsc: text => tsc(text, {}),
  'tsc with fields': text => tsc(text, { useDefineForClassFields: true }),
  'tsc for ES2017': text => tsc(text, { useDefineForClassFields: true, target: ts.ScriptTarget.ES2017 }),
  'tsc without flags': text => tsc(text, { experimentalDecorators: false, emitDecoratorMetadata: false }),
  esbuild: text => esbuild(text, { experimentalDecorators: true, useDefineForClassFields: false }),
  'esbuild with fields': text => esbuild(text, { experimentalDecorators: true, useDefineForClassFields: true }),
  'esbuild without flags': text => esbuild(text, {}),
} as const satisfies Record<string, (text: string) => string>

function tsc(text: string, changed: ts.CompilerOptions): string {
  const compilerOptions = {
    module: ts.ModuleKind.CommonJS,
    target: ts.ScriptTarget.ES2022,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    useDefineForClassFields: false,
    esModuleInterop: true,
    ...changed,
  }
  return ts.transpileModule(text, { compilerOptions }).outputText
}

function esbuild(text: string, compilerOptions: object): string {
  return transformSync(text, { loader: 'ts', format: 'cjs', target: 'node20', tsconfigRaw: { compilerOptions } }).code
}

/** Far above the half second that a program takes, on a machine that is busy with others too. */
const ENDS_WITHIN_MS = 20_000

const PACKAGES = ['better-sqlite3', 'pg', 'reflect-metadata', 'tsyringe', 'typeorm']
