import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  Component,
  componentRecord,
  ComponentScanError,
  type Importer,
  type ScanOptions,
  scanComponents,
  Service,
} from '../../src/di'
import { NameComponent } from './fixtures/scan/deep/name.component'
import { GreetingService, QuietService } from './fixtures/scan/greeting.service'
import { closeAll, rejection, start } from './support'

const FILE = path.resolve('test/di/scan.test.ts')
const SCANNED = path.resolve('test/di/fixtures/scan')

@Service()
class Found {}

@Component()
class Other {}

/** Scans files that exist only in the test. */
const scanVirtual = (files: readonly string[], more: Partial<ScanOptions> = {}) =>
  scanComponents({
    directories: ['/app'],
    listFiles: async () => files,
    importer: () => ({ Found }),
    entry: undefined,
    ...more,
  })

const failure = async (promise: Promise<unknown>) => (await rejection(promise)) as ComponentScanError

afterEach(closeAll)

describe('a scan', () => {
  it('imports files by suffix, and finds the classes that they export', async () => {
    const report = await scanComponents({ directories: [SCANNED] })
    expect(report.components).toEqual([GreetingService, NameComponent])
    expect(report.files).toEqual([
      {
        file: path.join(SCANNED, 'deep', 'name.component.ts'),
        components: [GreetingService, NameComponent],
        findings: [],
      },
      { file: path.join(SCANNED, 'greeting.service.ts'), components: [GreetingService], findings: [] },
    ])
    const container = await start({ components: report.components })
    expect(container.get(NameComponent).greeting.greet()).toBe('hello')
  })

  it('takes directories relative to the working directory, and each of them once', async () => {
    const relative = path.relative(process.cwd(), SCANNED)
    const report = await scanComponents({ directories: [relative, path.join(relative, 'deep')] })
    expect(report.files).toHaveLength(2)
  })

  it('lets the caller say which classes count', async () => {
    const isComponent = (candidate: object) => componentRecord(candidate) !== undefined || candidate === QuietService
    const report = await scanComponents({ directories: [SCANNED], isComponent })
    expect(report.components).toEqual([GreetingService, NameComponent, QuietService])
  })

  it.each(['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts'])('imports *.service%s', async extension => {
    const { files } = await scanVirtual([`/app/user.service${extension}`])
    expect(files.map(({ file }) => file)).toEqual([`/app/user.service${extension}`])
  })

  it('imports the four suffixes that the guide names, and no other file', async () => {
    const wanted = [
      'user.repository.js',
      'user.service.js',
      'clock.component.js',
      'mail.configuration.js',
      'timing.interceptor.js',
    ]
    const others = [
      'main.js',
      'service.js',
      'user.service.test.js',
      'user.service.spec.js',
      'user.service.js.map',
      'user.service.json',
      'userservice.js',
    ]
    const { files } = await scanVirtual([...wanted, ...others].map(name => `/app/${name}`))
    expect(files.map(({ file }) => path.basename(file))).toEqual(wanted)
  })

  it('imports suffixes of the caller in place of its own', async () => {
    const { files } = await scanVirtual(['/app/a.handler.js', '/app/b.service.js'], { suffixes: ['.handler'] })
    expect(files.map(({ file }) => file)).toEqual(['/app/a.handler.js'])
  })

  it('never imports declarations, node_modules or the entry file', async () => {
    const names = [
      'a.service.js',
      'a.service.d.ts',
      'a.service.d.mts',
      'node_modules/x/b.service.js',
      'main.service.js',
    ]
    const { files, skipped } = await scanVirtual(
      names.map(name => `/app/${name}`),
      { entry: '/app/main.service.js' },
    )
    expect(files.map(({ file }) => file)).toEqual(['/app/a.service.js'])
    expect(skipped).toEqual([
      { file: '/app/node_modules/x/b.service.js', reason: 'node_modules' },
      { file: '/app/main.service.js', reason: 'entry file' },
    ])
  })

  it.each(['/app/main.service', '/app/main.service.ts', '/app/main.service.js'])(
    'knows the entry file as %s',
    async entry => {
      const { skipped } = await scanVirtual(['/app/main.service.js', '/app/a.service.js'], { entry })
      expect(skipped).toEqual([{ file: '/app/main.service.js', reason: 'entry file' }])
    },
  )

  it('imports one of a source and its compiled form: the compiled one', async () => {
    const { files, skipped } = await scanVirtual(['/app/a.service.js', '/app/a.service.ts', '/app/b.service.ts'])
    expect(files.map(({ file }) => file)).toEqual(['/app/a.service.js', '/app/b.service.ts'])
    expect(skipped).toEqual([{ file: '/app/a.service.ts', reason: 'also there as JavaScript' }])
  })

  it.each<[string, unknown]>([
    ['a module with named exports', { Found, Other }],
    ['a module with a default', { default: Found, Other }],
    ['a CommonJS module under its default', { default: { Found, Other }, nothing: null }],
  ])('finds classes in %s', async (_shape, exported) => {
    const { components } = await scanVirtual(['/app/a.service.js'], { importer: () => exported })
    expect(new Set(components)).toEqual(new Set([Found, Other]))
  })

  it('finds the class that a CommonJS file is', async () => {
    expect((await scanVirtual(['/app/a.service.js'], { importer: () => Found })).components).toEqual([Found])
  })

  it('awaits an importer, one file after the other', async () => {
    const log: string[] = []
    const importer: Importer = async file => {
      log.push(`begin ${file}`)
      await Promise.resolve()
      log.push(`end ${file}`)
      return { Found }
    }
    await scanVirtual(['/app/a.service.js', '/app/b.service.js'], { importer })
    expect(log).toEqual([
      'begin /app/a.service.js',
      'end /app/a.service.js',
      'begin /app/b.service.js',
      'end /app/b.service.js',
    ])
  })
})

describe('a scan fails', () => {
  it('when files throw on import, naming all of them', async () => {
    const importer: Importer = file => {
      if (file.includes('bad')) throw new RangeError(`in ${file}`)
      return { Found }
    }
    const error = await failure(
      scanVirtual(['/app/bad1.service.js', '/app/a.service.js', '/app/bad2.service.js'], { importer }),
    )
    expect(error).toBeInstanceOf(ComponentScanError)
    expect(error.failures.map(({ file }) => file)).toEqual(['/app/bad1.service.js', '/app/bad2.service.js'])
    expect((error.cause as AggregateError).errors).toHaveLength(2)
    expect(error.message).toBe(
      '2 scanned files threw while being imported: /app/bad1.service.js, /app/bad2.service.js. [AMBIT_DI_SCAN_FAILED]\n' +
        '  next:  See the cause for what each of them threw.',
    )
  })

  it('when reading an export throws, as it does in a circle of ES modules', async () => {
    const importer: Importer = () => ({
      get Found(): never {
        throw new ReferenceError("Cannot access 'Found' before initialization")
      },
    })
    expect(await failure(scanVirtual(['/app/a.service.js'], { importer }))).toMatchObject({
      code: 'AMBIT_DI_SCAN_FAILED',
      cause: new ReferenceError("Cannot access 'Found' before initialization"),
    })
  })

  it('when a module awaits at the top level, saying how to import it', async () => {
    const importer: Importer = () => {
      throw Object.assign(new Error('require() cannot be used'), { code: 'ERR_REQUIRE_ASYNC_MODULE' })
    }
    const error = await failure(scanVirtual(['/app/a.service.mjs'], { importer }))
    expect(error.message).toContain('needs importer: file => import(pathToFileURL(file).href)')
  })

  it('when a TypeScript file cannot be parsed, saying what to scan', async () => {
    const importer: Importer = () => {
      throw new SyntaxError('Invalid or unexpected token')
    }
    const error = await failure(scanVirtual(['/app/a.service.ts'], { importer }))
    expect(error.message).toContain('Scan the compiled folder: nothing here loads TypeScript with decorators.')
  })

  it('when folders do not exist or are none, naming all of them', async () => {
    const directories = ['no-such-folder', SCANNED, FILE]
    const error = await failure(scanComponents({ directories }))
    expect(error.failures.map(({ file }) => file)).toEqual([path.resolve('no-such-folder'), FILE])
    expect(error.message).toContain(`2 folders to scan could not be read: ${path.resolve('no-such-folder')}, ${FILE}.`)
  })

  it('when no file matches, naming what it looked for', async () => {
    const error = await failure(scanVirtual(['/app/main.js']))
    expect(error.message).toBe(
      'The scan found no component: it looked for *.repository.js, *.service.js, *.component.js, *.configuration.js, ' +
        '*.settings.js, *.interceptor.js (also .cjs and .mjs). [AMBIT_DI_SCAN_EMPTY]\n' +
        `  where: ${path.resolve('/app')}\n` +
        '  next:  Name the folder with the compiled files, or list suffixes of your own.',
    )
    expect([error.code, error.cause]).toEqual(['AMBIT_DI_SCAN_EMPTY', undefined])
  })

  it('when files match but export no component', async () => {
    const importer: Importer = () => ({ QuietService, text: 'x' })
    const error = await failure(scanVirtual(['/app/a.service.js', '/app/b.service.js'], { importer }))
    expect(error.message).toContain(
      'next:  2 files matched and exported no decorated class: export the classes, and decorate them.',
    )
  })

  it('when there is TypeScript only, and nothing to load it', async () => {
    const worker = process.env['JEST_WORKER_ID']
    delete process.env['JEST_WORKER_ID']
    try {
      const error = await failure(
        scanComponents({ directories: ['/app'], listFiles: async () => ['/app/a.service.ts'], entry: undefined }),
      )
      expect(error.message).toContain(
        'next:  1 TypeScript file would match, but nothing in this process loads TypeScript: scan the compiled folder.',
      )
    } finally {
      if (worker !== undefined) process.env['JEST_WORKER_ID'] = worker
    }
  })
})

describe('walking a folder', () => {
  let root: string
  beforeEach(() => (root = mkdtempSync(path.join(tmpdir(), 'ambit-scan-'))))
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const write = (...names: string[]) => {
    for (const name of names) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
      writeFileSync(path.join(root, name), '')
    }
  }

  it('goes to the bottom in the order of names, past node_modules and hidden folders, and follows no links', async () => {
    write('b.service.js', 'a/z.service.js', 'a/b/c.service.js', 'node_modules/x/d.service.js', '.cache/e.service.js')
    symlinkSync(path.join(root, 'a'), path.join(root, 'link'))
    const { files } = await scanComponents({ directories: [root], importer: () => ({ Found }) })
    expect(files.map(({ file }) => path.relative(root, file))).toEqual([
      'a/b/c.service.js',
      'a/z.service.js',
      'b.service.js',
    ])
  })
})
