import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { PATIENCE_MS } from '../patience'
import { ambit } from './ambit'

const ROOT = join(__dirname, '..', '..')
const BENCHMARK = join(ROOT, 'benchmark')

/** Lets a library start the classes of a program in a process that has loaded nothing yet; answers what that found out. */
export async function inFreshProcess(folder: string, library: string, program: string): Promise<unknown> {
  if (library === ambit.name) await bundle(folder)
  compile(folder)
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, BOOT), library, program], {
    // None of our own flags, hooks and caches; packages are found where we find them.
    env: { NODE_PATH: [BENCHMARK, ROOT].map(each => join(each, 'node_modules')).join(delimiter) },
    timeout: PATIENCE_MS,
  })
  return JSON.parse(stdout)
}

const BOOT = join('benchmark', 'containers', 'boot.js')

/**
 * Puts Ambit, as the package has it, into a folder, once. With the hook that compiles our sources while they are loaded,
 * loading Ambit would be compiling it.
 */
async function bundle(folder: string): Promise<void> {
  const target = join(folder, 'node_modules', 'ambit')
  if (existsSync(target)) return
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts', 'bundle.cjs'), target, 'index'])
}

/** Puts what a fresh process runs into a folder, once. */
function compile(folder: string): void {
  if (existsSync(join(folder, BOOT))) return
  const { options } = buildOptions()
  const parts = ts.sys.readDirectory(join(BENCHMARK, 'containers'), ['.ts'])
  for (const file of [join(BENCHMARK, 'peers', 'packages.ts'), ...parts])
    emit(file, join(folder, relative(ROOT, file)), options)
}

function buildOptions(): ts.ParsedCommandLine {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.build.json'), file => ts.sys.readFile(file)) as {
    readonly config: unknown
  }
  return ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
}

function emit(file: string, target: string, compilerOptions: ts.CompilerOptions): void {
  const text = ts.sys.readFile(file)
  if (text === undefined) throw new Error(`${file} cannot be read`)
  const { outputText } = ts.transpileModule(text, { compilerOptions, fileName: file })
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target.replace(/\.ts$/, '.js'), outputText)
}
