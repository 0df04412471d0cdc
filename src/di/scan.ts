import { realpathSync } from 'node:fs'
import path from 'node:path'
import type { Class } from '../core/metadata'
import { componentRecord } from './component'
import { ComponentScanError, count, type ScanFailure } from './errors'
import type { Provider } from './provider'
import {
  askScanners,
  componentsAndProviders,
  type CustomScanner,
  refuseScanners,
  type ScannerFinding,
} from './scan/custom-scanner'
import { importFile, type Importer, loadsTypeScript } from './scan/import-file'
import {
  isDirectory,
  type ListFiles,
  listFilesBelow,
  type SkipReason,
  type SortedFiles,
  sortFiles,
} from './scan/scan-files'
import { isConstructor } from './token'

/** Where to look for components, and how. */
export interface ScanOptions {
  /** Folders that are walked to the bottom, relative to the working directory. */
  readonly directories: readonly string[]
  /** What the names of files to import end with, before the extension. */
  readonly suffixes?: readonly string[]
  /** Loads a file; give `file => import(pathToFileURL(file).href)` for ES modules that await at the top level. */
  readonly importer?: Importer
  /** Lists the files below a folder. */
  readonly listFiles?: ListFiles
  /** Which exported classes count; by default those with a component decorator of their own. */
  readonly isComponent?: (candidate: Class) => boolean
  /** Look at every export before `isComponent` does, and may register other classes, and values. */
  readonly scanners?: readonly CustomScanner[]
  /** The file that the process was started with, which is never imported. */
  readonly entry?: string | undefined
}

/** One imported file and the components that it exports. */
export interface ScannedFile {
  readonly file: string
  readonly components: readonly Class[]
  /** What scanners of one's own took; those are not among `components`. */
  readonly findings: readonly ScannerFinding[]
}

/** What a scan found and did. */
export interface ScanReport {
  /** Decorated classes, and those that `isComponent` or a scanner chose. */
  readonly components: readonly Class[]
  /** What scanners of one's own provide, classes without a decorator included. */
  readonly providers: readonly Provider[]
  readonly files: readonly ScannedFile[]
  /** Files whose names match but which were not imported. */
  readonly skipped: readonly { readonly file: string; readonly reason: SkipReason }[]
}

/** The suffixes that are looked for unless others are given. */
export const DEFAULT_SUFFIXES: readonly string[] = Object.freeze([
  '.repository',
  '.service',
  '.component',
  '.configuration',
  '.settings',
  '.interceptor',
])

/**
 * Imports the files of some folders by the suffix of their names, and returns the component classes that they export.
 *
 * Imports `*.service.js`, `.cjs` and `.mjs`, and `.ts` where something in the process loads it (ts-jest, tsx, ts-node, an
 * `importer` of your own); never declarations, `node_modules` or the entry file. All failures are reported in one error.
 *
 * @example
 * import { Container, scanComponents } from 'ambit'
 *
 * const { components, files } = await scanComponents({ directories: ['dist'] })
 * const container = await Container.start({ components })
 *
 * @throws ComponentScanError `AMBIT_DI_SCAN_FAILED`, `AMBIT_DI_SCAN_EMPTY`
 */
export async function scanComponents(options: ScanOptions): Promise<ScanReport> {
  const refusal = refuseScanners(options.scanners ?? [])
  if (refusal !== undefined) throw unusable(refusal)
  const rules = {
    suffixes: options.suffixes ?? DEFAULT_SUFFIXES,
    typeScript: options.importer !== undefined || loadsTypeScript(),
    entry: 'entry' in options ? options.entry : entryFile(),
  }
  const sorted = sortFiles(await listAll(options), rules)
  const files = await importAll(sorted.chosen, options)
  const taken = componentsAndProviders(files.flatMap(({ findings }) => findings.flatMap(each => each.registered)))
  const { providers } = taken
  const components = [...new Set([...files.flatMap(file => file.components), ...taken.components])]
  if (components.length === 0 && providers.length === 0) throw nothingFound(options.directories, rules.suffixes, sorted)
  return { components, providers, files, skipped: sorted.skipped }
}

async function listAll({ directories, listFiles }: ScanOptions): Promise<readonly string[]> {
  const files: string[] = []
  const failures: ScanFailure[] = []
  for (const directory of directories.map(name => path.resolve(name))) {
    try {
      if (listFiles === undefined && !(await isDirectory(directory))) throw new Error(`${directory} is no directory`)
      files.push(...(await (listFiles ?? listFilesBelow)(directory)))
    } catch (error) {
      failures.push({ file: directory, error })
    }
  }
  if (failures.length > 0) throw unreadable(failures)
  return files
}

async function importAll(files: readonly string[], options: ScanOptions): Promise<readonly ScannedFile[]> {
  const imported: ScannedFile[] = []
  const failures: ScanFailure[] = []
  for (const file of files) {
    try {
      const exported = await (options.importer ?? importFile)(file)
      const { findings, failures: failed, taken } = await askScanners(options.scanners ?? [], exported, file)
      failures.push(...failed.map(({ scanner, export: name, error }) => ({ file, scanner, export: name, error })))
      const components = componentsOf(exported, options.isComponent ?? isDecorated)
      imported.push({ file, components: components.filter(each => !taken.has(each)), findings })
    } catch (error) {
      failures.push({ file, error })
    }
  }
  if (failures.length > 0) throw notImportable(failures)
  return imported
}

/** The classes among what a file exports; a CommonJS file may export one class itself, or all of them as its default. */
function componentsOf(exported: unknown, isComponent: (candidate: Class) => boolean): readonly Class[] {
  const values = [exported, ...valuesOf(exported), ...valuesOf((exported as { default?: unknown } | null)?.default)]
  return [...new Set(values.filter(isConstructor))].filter(isComponent)
}

function valuesOf(exported: unknown): readonly unknown[] {
  return typeof exported === 'object' && exported !== null ? Object.values(exported) : []
}

function isDecorated(candidate: Class): boolean {
  return componentRecord(candidate) !== undefined
}

function entryFile(): string | undefined {
  const entry = process.argv[1]
  if (entry === undefined) return undefined
  try {
    return realpathSync(entry)
  } catch {
    return entry // named without its extension
  }
}

function unreadable(failures: readonly ScanFailure[]): ComponentScanError {
  const what = `${count(failures.length, 'folder')} to scan could not be read: ${names(failures)}.`
  const next = "Name folders that exist, relative to the working directory; compiled code usually lies in 'dist'."
  return new ComponentScanError('AMBIT_DI_SCAN_FAILED', { what, where: process.cwd(), next }, failures)
}

function notImportable(failures: readonly ScanFailure[]): ComponentScanError {
  const imports = failures.filter(({ scanner }) => scanner === undefined)
  const scanners = failures.filter(({ scanner }) => scanner !== undefined)
  const threw = imports.length === 0 ? [] : [threwOnImport(imports)]
  const what = [...threw, ...scanners.map(threwInScanner)].join('\n  ')
  return new ComponentScanError('AMBIT_DI_SCAN_FAILED', { what, next: importRemedy(imports) }, failures)
}

function threwOnImport(failures: readonly ScanFailure[]): string {
  return `${count(failures.length, 'scanned file')} threw while being imported: ${names(failures)}.`
}

function threwInScanner({ file, scanner, export: name }: ScanFailure): string {
  return `The scanner '${String(scanner)}' failed at the export '${String(name)}' of ${file}.`
}

function unusable(refusal: string): ComponentScanError {
  return new ComponentScanError('AMBIT_DI_SCAN_FAILED', {
    what: `The scan cannot start: ${refusal}.`,
    where: 'scan.scanners',
    next: "Give scanners: [{ name: 'handlers', register: ({ value }) => … }].",
  })
}

function importRemedy(failures: readonly ScanFailure[]): string {
  const codes = failures.map(({ error }) => (error as { readonly code?: unknown } | undefined)?.code)
  if (codes.includes('ERR_REQUIRE_ASYNC_MODULE')) {
    return 'A module that awaits at the top level needs importer: file => import(pathToFileURL(file).href), written in an ES module.'
  }
  const typeScript = failures.some(({ file, error }) => error instanceof SyntaxError && /\.[cm]?ts$/.test(file))
  return typeScript
    ? 'Scan the compiled folder: nothing here loads TypeScript with decorators.'
    : 'See the cause for what each of them threw.'
}

function nothingFound(
  directories: readonly string[],
  suffixes: readonly string[],
  sorted: SortedFiles,
): ComponentScanError {
  const looked = suffixes.map(suffix => `*${suffix}.js`).join(', ')
  const where = directories.map(directory => path.resolve(directory)).join(', ')
  const what = `The scan found no component: it looked for ${looked} (also .cjs and .mjs).`
  return new ComponentScanError('AMBIT_DI_SCAN_EMPTY', { what, where, next: emptyRemedy(sorted) })
}

function emptyRemedy({ chosen, skipped }: SortedFiles): string {
  const sources = skipped.filter(({ reason }) => reason === 'TypeScript source').length
  if (sources > 0)
    return `${count(sources, 'TypeScript file')} would match, but nothing in this process loads TypeScript: scan the compiled folder.`
  if (chosen.length === 0) return 'Name the folder with the compiled files, or list suffixes of your own.'
  return `${count(chosen.length, 'file')} matched and exported no decorated class: export the classes, and decorate them.`
}

function names(failures: readonly ScanFailure[]): string {
  return failures.map(({ file }) => file).join(', ')
}
