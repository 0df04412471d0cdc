import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import manifest from '../../package.json'
import { root } from '../architecture/source-graph'
import * as first from '../../src/core/applications'
import { SecondCopyError } from '../../src/core/copies'

type Copy = typeof first

const REGISTRY = Symbol.for('ambit')
const opened: { close(): void }[] = []
let folder: string

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ambit-copies-')))
  compileCore(join(folder, 'compiled'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => {
  for (const context of opened.splice(0)) context.close()
  // No copy that a test has loaded is there for the next one.
  delete (globalThis as { [REGISTRY]?: unknown })[REGISTRY]
})

function compileCore(to: string): void {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 }
  mkdirSync(to)
  for (const name of readdirSync(join(root, 'src/core'))) {
    const source = readFileSync(join(root, 'src/core', name), 'utf8')
    writeFileSync(join(to, name.replace(/\.ts$/, '.js')), ts.transpileModule(source, { compilerOptions }).outputText)
  }
}

/** Installs the core below `place` as a package of its own. */
function install(place: string, version: string): { readonly folder: string; load(): Copy } {
  const installed = join(folder, place, 'node_modules', 'ambit')
  cpSync(join(folder, 'compiled'), join(installed, 'dist', 'core'), { recursive: true })
  writeFileSync(join(installed, 'package.json'), JSON.stringify({ name: 'ambit', version }))
  return { folder: installed, load: () => jest.requireActual<Copy>(join(installed, 'dist/core/applications.js')) }
}

function start(copy: Copy, name: string): first.ApplicationContext {
  const context = new copy.ApplicationContext(name)
  opened.push(context)
  copy.registerApplication(context)
  return context
}

function refusal(action: () => unknown): SecondCopyError {
  try {
    action()
  } catch (error) {
    return error as SecondCopyError
  }
  throw new Error('it was not refused')
}

describe('a copy of the package in another folder', () => {
  it('may not start an application while one of the first runs: the error names both, and says what to do', () => {
    start(first, 'one')
    const nested = install('nested/node_modules/library', '0.2.0')
    const error = refusal(() => start(nested.load(), 'two'))
    expect(error.message).toBe(
      [
        'Two copies of Ambit are loaded in this process; their transactions would not see each other. [AMBIT_APP_SECOND_COPY]',
        `  where: ${manifest.version} in ${root} and 0.2.0 in ${nested.folder}`,
        "  next:  Keep one: 'npm ls ambit' shows who brings each, 'npm dedupe' merges copies whose version ranges allow it.",
      ].join('\n'),
    )
    expect(error.copies).toEqual([
      { version: manifest.version, folder: root },
      { version: '0.2.0', folder: nested.folder },
    ])
  })

  it('is refused also when both have the same version', () => {
    const [left, right] = [install('left', '0.1.0'), install('right', '0.1.0')]
    start(left.load(), 'one')
    expect(refusal(() => start(right.load(), 'two')).message).toContain(
      `0.1.0 in ${left.folder} and 0.1.0 in ${right.folder}`,
    )
  })

  it('hinders the start as soon as it could start applications, whichever of the two is asked', () => {
    const [left, right] = [install('early-left', '0.1.0'), install('early-right', '0.1.0')]
    const [one, two] = [left.load(), right.load()]
    one.announceCopy()
    start(one, 'alone').close()
    two.announceCopy()
    expect(refusal(() => start(one, 'one')).copies.map(copy => copy.folder)).toEqual([right.folder, left.folder])
    expect(refusal(() => start(two, 'two')).copies.map(copy => copy.folder)).toEqual([left.folder, right.folder])
  })

  it('hinders nobody when only its errors are used', () => {
    install('errors', '0.2.0').load()
    first.announceCopy()
    expect(start(first, 'one').open).toBe(true)
  })

  it('says so when its decorators find only applications of the first', () => {
    start(first, 'one')
    const nested = install('decorators', '0.2.0')
    const error = refusal(() => nested.load().resolveApplication())
    expect(error).toMatchObject({ code: 'AMBIT_APP_SECOND_COPY', name: 'SecondCopyError' })
    expect(error.message).toContain(nested.folder)
  })

  it('is named without a version where its folder has no readable package.json', () => {
    start(first, 'one')
    const bundled = install('bundled', '0.2.0')
    const loaded = bundled.load()
    writeFileSync(join(bundled.folder, 'package.json'), '{')
    expect(refusal(() => start(loaded, 'two')).copies[1]).toEqual({
      version: 'unknown version',
      folder: bundled.folder,
    })
  })
})

describe('the same copy, loaded anew by a test runner', () => {
  const reload = async (): Promise<Copy> => {
    let copy: Copy | undefined
    await jest.isolateModulesAsync(async () => {
      copy = await import('../../src/core/applications')
    })
    if (copy === undefined || copy === first) throw new Error('the copy was not loaded anew')
    return copy
  }

  it('may not start while an application of the earlier loading runs, and is told to close it', async () => {
    start(first, 'one')
    const again = await reload()
    expect(refusal(() => start(again, 'two')).message).toBe(
      [
        'Ambit was loaded a second time from one place, while applications of the first loading are running. [AMBIT_APP_SECOND_COPY]',
        `  where: ${manifest.version} in ${root}`,
        '  next:  Close them before modules are reset (jest.resetModules and the like), and keep one bundle a process.',
      ].join('\n'),
    )
  })

  it('may start once that is closed, and the earlier loading again after it', async () => {
    first.announceCopy()
    start(first, 'one').close()
    const again = await reload()
    again.announceCopy()
    const two = start(again, 'two')
    expect(again.resolveApplication()).toBe(two)
    expect(refusal(() => start(first, 'three'))).toBeInstanceOf(SecondCopyError)
    two.close()
    expect(first.resolveApplication.bind(null, undefined)).toThrow(expect.objectContaining({ code: 'AMBIT_APP_NONE' }))
    const three = start(first, 'three')
    expect(first.resolveApplication()).toBe(three)
  })
})
