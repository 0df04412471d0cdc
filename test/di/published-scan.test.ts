import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import ts from 'typescript'

// The published build is CommonJS, run by Node without Jest between: what `require` loads there is worth a test of its own.

const ROOT = process.cwd()
let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ambit-published-'))
  for (const area of ['core', 'di'])
    compile(path.join(ROOT, 'src', area), path.join(folder, 'node_modules/ambit', area))
  for (const name of ['reflect-metadata', 'tsyringe', 'tslib']) {
    symlinkSync(path.join(ROOT, 'node_modules', name), path.join(folder, 'node_modules', name))
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function compile(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name)
    if (entry.isDirectory()) compile(source, path.join(to, entry.name))
    else writeFileSync(path.join(to, entry.name.replace(/\.ts$/, '.js')), transpile(readFileSync(source, 'utf8')))
  }
}

function transpile(text: string): string {
  const compilerOptions = {
    module: ts.ModuleKind.CommonJS,
    target: ts.ScriptTarget.ES2022,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    esModuleInterop: true,
    useDefineForClassFields: false,
  }
  return ts.transpileModule(text, { compilerOptions }).outputText
}

/** Runs a script beside the application's files, and returns what it prints. */
function run(name: string, script: string, files: Readonly<Record<string, string>>): unknown {
  const app = path.join(folder, name)
  mkdirSync(app, { recursive: true })
  for (const [file, text] of Object.entries({ ...files, 'main.mjs': script })) writeFileSync(path.join(app, file), text)
  cpSync(path.join(folder, 'node_modules'), path.join(app, 'node_modules'), { recursive: true, verbatimSymlinks: true })
  const output = execFileSync(process.execPath, ['main.mjs'], {
    cwd: app,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return JSON.parse(output)
}

const DECORATE = (name: string) => `class ${name} {}\nService()(${name})`

it('require loads CommonJS and ES modules, as the classes that the application itself imports', () => {
  const script = `
    import di from 'ambit/di/index.js'
    import { Esm } from './esm.service.mjs'
    const report = await di.scanComponents({ directories: ['.'] })
    const container = await di.Container.start({ components: report.components })
    console.log(JSON.stringify({ names: report.components.map(c => c.name), same: container.get(Esm) instanceof Esm, skipped: report.skipped.length }))`
  const result = run('mixed', script, {
    'cjs.service.cjs': `const { Service } = require('ambit/di/index.js')\n${DECORATE('Cjs')}\nexports.Cjs = Cjs`,
    'esm.service.mjs': `import di from 'ambit/di/index.js'\nconst { Service } = di\n${DECORATE('Esm')}\nexport { Esm }`,
    'source.service.ts': '@broken',
  })
  expect(result).toMatchObject({ names: ['Cjs', 'Esm'], same: true })
})

it('a module that awaits at the top level needs the importer that the error names', () => {
  const script = `
    import { pathToFileURL } from 'node:url'
    import di from 'ambit/di/index.js'
    const refused = await di.scanComponents({ directories: ['.'] }).catch(error => error.message)
    const report = await di.scanComponents({ directories: ['.'], importer: file => import(pathToFileURL(file).href) })
    console.log(JSON.stringify([refused.includes('needs importer: file => import'), report.components.map(c => c.name)]))`
  const result = run('awaiting', script, {
    'late.service.mjs': `import di from 'ambit/di/index.js'\nconst { Service } = await Promise.resolve(di)\n${DECORATE('Late')}\nexport { Late }`,
  })
  expect(result).toEqual([true, ['Late']])
})

it('the entry file is found by itself, and skipped', () => {
  const app = path.join(folder, 'entry')
  mkdirSync(app)
  cpSync(path.join(folder, 'node_modules'), path.join(app, 'node_modules'), { recursive: true, verbatimSymlinks: true })
  writeFileSync(
    path.join(app, 'main.service.cjs'),
    `const { Service, scanComponents } = require('ambit/di/index.js')
     ${DECORATE('Main')}
     scanComponents({ directories: ['.'] }).catch(error => console.log(error.code))`,
  )
  const output = execFileSync(process.execPath, ['main.service.cjs'], { cwd: app, encoding: 'utf8', env: {} })
  expect(output.trim()).toBe('AMBIT_DI_SCAN_EMPTY')
})
