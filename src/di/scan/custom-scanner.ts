import type { Class } from '../../core/metadata'
import { componentRecord } from '../component'
import { provide, Provider } from '../provider'
import { isConstructor } from '../token'

/** What a scanner makes of an export: decorated classes, other classes, and what `provide()` makes. */
export type Registered = Class | Provider

/**
 * Looks at what scanned files export, before the rules for decorated classes do: for classes that are known by a base, a
 * name or a static property, and for values.
 *
 * @example
 * import { provide, type ScannerExport } from 'ambit'
 *
 * const handlers = {
 *   name: 'handlers',
 *   register: ({ value }: ScannerExport) => (isHandler(value) ? provide(value, { useClass: value }) : undefined),
 * }
 * await bootstrap({ scan: { directories: ['dist'], suffixes: ['.handler'], scanners: [handlers] } })
 */
export interface CustomScanner {
  /** For the report and for errors. */
  readonly name: string
  /**
   * Is asked once for each export of each file. What it answers is registered, and the export is taken: the rules for decorated
   * classes leave it alone. A class without a decorator becomes a singleton. `undefined` leaves it to other scanners and rules.
   */
  register(exported: ScannerExport): ScannerAnswer | PromiseLike<ScannerAnswer>
}

/** What a scanner makes of an export: nothing, or what is to be registered. */
export type ScannerAnswer = Registered | readonly Registered[] | undefined

/** One export of a scanned file. */
export interface ScannerExport {
  readonly value: unknown
  /** The name it is exported by; `'default'` for a CommonJS file that exports one thing alone. */
  readonly name: string
  /** The file, as an absolute path. */
  readonly file: string
}

/** What a scanner took. */
export interface ScannerFinding {
  readonly scanner: string
  /** The name of the export. */
  readonly export: string
  readonly registered: readonly Registered[]
}

/** A scanner that failed at an export. */
export interface ScannerFailure {
  readonly scanner: string
  readonly export: string
  readonly error: unknown
}

/** What scanners made of one file. */
export interface ScannerResult {
  readonly findings: readonly ScannerFinding[]
  readonly failures: readonly ScannerFailure[]
  /** The exports that were taken. */
  readonly taken: ReadonlySet<unknown>
}

/** Shows every export of a file to every scanner. */
export async function askScanners(
  scanners: readonly CustomScanner[],
  exported: unknown,
  file: string,
): Promise<ScannerResult> {
  const findings: ScannerFinding[] = []
  const failures: ScannerFailure[] = []
  const taken = new Set<unknown>()
  if (scanners.length === 0) return { findings, failures, taken }
  for (const [name, value] of exportsOf(exported)) {
    for (const scanner of scanners) {
      const at = { scanner: scanner.name, export: name }
      try {
        const registered = checked(await scanner.register({ value, name, file }))
        if (registered.length === 0) continue
        findings.push({ ...at, registered })
        taken.add(value)
      } catch (error) {
        failures.push({ ...at, error })
      }
    }
  }
  return { findings, failures, taken }
}

/** What was registered, as the container takes it. */
export function componentsAndProviders(registered: readonly Registered[]): {
  readonly components: readonly Class[]
  readonly providers: readonly Provider[]
} {
  const all = [...new Set(registered)]
  const classes = all.filter(each => typeof each === 'function')
  const providers = all.filter(each => each instanceof Provider)
  const plain = classes.filter(each => componentRecord(each) === undefined)
  return {
    components: classes.filter(each => !plain.includes(each)),
    providers: [...providers, ...plain.map(asProvider)],
  }
}

function asProvider(plain: Class): Provider {
  // An abstract class cannot be told from another one here.
  return provide(plain, { useClass: plain as new (...args: never[]) => unknown })
}

/** Why a list of scanners cannot work, in words. */
export function refuseScanners(scanners: unknown): string | undefined {
  if (!Array.isArray(scanners)) return "'scanners' is no array"
  const wrong = scanners.findIndex(each => !isScanner(each))
  if (wrong !== -1) return `entry ${wrong + 1} of 'scanners' has no name, or no function 'register'`
  const names = (scanners as readonly CustomScanner[]).map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  return twice === undefined ? undefined : `'scanners' has two that are called '${twice}'`
}

function isScanner(value: unknown): value is CustomScanner {
  if (typeof value !== 'object' || value === null) return false
  const { name, register } = value as Partial<Record<keyof CustomScanner, unknown>>
  return typeof name === 'string' && name !== '' && typeof register === 'function'
}

/**
 * The exports of a file by their names, each value once: a CommonJS file may export one thing alone, and what it exports may
 * be seen once more as its default.
 */
function exportsOf(exported: unknown): readonly (readonly [string, unknown])[] {
  if (!isObject(exported)) return [['default', exported]]
  const inside: unknown = (exported as { readonly default?: unknown }).default
  const entries = [...Object.entries(exported), ...(isPlain(inside) ? Object.entries(inside) : [])]
  const seen = new Set<unknown>()
  return entries.filter(([, value]) => {
    const known = seen.has(value)
    if (isObject(value) || typeof value === 'function') seen.add(value)
    return !known
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isPlain(value: unknown): value is object {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype
}

function checked(answer: ScannerAnswer): readonly Registered[] {
  const list: readonly unknown[] = Array.isArray(answer) ? answer : [answer]
  if (answer === undefined) return []
  const wrong = list.find(each => !isConstructor(each) && !(each instanceof Provider))
  if (wrong === undefined && !list.includes(undefined)) return list as readonly Registered[] // looked through above
  throw new TypeError(`The scanner answered ${kindOf(wrong)}: answer classes, what provide() makes, or undefined.`)
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? 'an object' : `a value of type ${typeof value}`
}
