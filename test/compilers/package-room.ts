import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import ts from 'typescript'
import * as errors from '../../src/errors'
import * as ambit from '../../src/index'
import * as testing from '../../src/testing'
import { root } from '../architecture/source-graph'
import type { Compiler, ModuleFormat, Sources } from './compiler'

const { esModuleText } = jest.requireActual<{
  readonly esModuleText: (file: string, names: readonly string[]) => string
}>('../../scripts/build.cjs')

/** What a program left behind when it had ended. */
export interface Run {
  readonly status: number | null
  readonly output: string
  readonly errors: string
}

/** A folder in which `ambit` is the package as it is published, and all others are those of this repository. */
export class PackageRoom {
  readonly #folder: string

  constructor() {
    mkdirSync(join(root, '.tmp'), { recursive: true })
    this.#folder = mkdtempSync(join(root, '.tmp/compilers-'))
    writePackage(join(this.#folder, 'node_modules/ambit'))
  }

  /** A folder of its own for one program. */
  folderFor(program: string, format: ModuleFormat): string {
    const folder = join(this.#folder, program)
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: format }))
    return folder
  }

  run(compiler: Compiler, folder: string, args: readonly string[]): Promise<Run> {
    const program = compiler.loader ? [...compiler.loader, 'main.ts'] : ['main.js']
    return this.node(folder, [...program, ...args])
  }

  async node(folder: string, args: readonly string[]): Promise<Run> {
    const child = spawn(process.execPath, args, { cwd: folder, env: ENVIRONMENT })
    const texts = [collected(child.stdout), collected(child.stderr)]
    const status = await new Promise<number | null>(ended => child.once('close', ended))
    const [output = '', written = ''] = texts.map(parts => parts.join(''))
    return { status, output, errors: written }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** The TypeScript files of a folder. */
export function sourcesIn(folder: string): Sources {
  const names = readdirSync(folder).filter(name => name.endsWith('.ts'))
  return new Map(names.map(name => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** `npm run build` without its declarations, which nothing needs that only runs. */
function writePackage(folder: string): void {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.build.json'), path => ts.sys.readFile(path)) as {
    config: object
  }
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  mkdirSync(folder, { recursive: true })
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  for (const file of fileNames) {
    const target = file.replace(join(root, 'src'), join(folder, 'dist')).replace(/\.ts$/, '.js')
    mkdirSync(join(target, '..'), { recursive: true })
    writeFileSync(target, ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions: options }).outputText)
  }
  for (const [name, face] of Object.entries({ index: ambit, errors, testing })) {
    writeFileSync(join(folder, 'dist', `${name}.mjs`), esModuleText(`${basename(name)}.js`, Object.keys(face)))
  }
}

function collected(stream: NodeJS.ReadableStream): readonly string[] {
  const parts: string[] = []
  stream.setEncoding('utf8').on('data', (part: string) => parts.push(part))
  return parts
}

/** Without caches of other versions of the same sources, and without what the test runner told its own Node. */
const ENVIRONMENT = { ...process.env, NODE_OPTIONS: '', TSX_DISABLE_CACHE: '1' }
