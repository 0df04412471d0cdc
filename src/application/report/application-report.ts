import type { DataSourceDescription } from '../../data-source/description'
import type { DescribedValue } from '../../config'
import type { ConditionOutcome, RegistrationKind, Scope, SkipReason } from '../../di'
import type { ApplicationState } from '../health/application-health'
import { printReport } from './print-report'
import type { PhaseTiming } from './start-timings'

/** One component as the report shows it. */
export interface ComponentReport {
  readonly name: string
  /** Where it was registered: `'UserService (@Service)'`; of a plugin's, with the plugin. */
  readonly origin: string
  readonly kind: RegistrationKind
  readonly stereotype: string
  readonly scope: Scope
  readonly primary: boolean
  readonly overridden: boolean
  /** Whether every application has it. */
  readonly builtIn: boolean
  /** What it is passed, in the order of its parameters: `'SmtpMailer as Mailer'`, `'Clock, lazy'`. */
  readonly needs: readonly string[]
  /** How long its constructor, factory and initialisers took, without what it needs; `undefined` where nothing was built. */
  readonly buildMs: number | undefined
}

/** What a scanner made of an export. */
export interface ScannerSummary {
  readonly scanner: string
  readonly export: string
  readonly registered: readonly string[]
}

/** What a scan imported, and what it left. */
export interface ScanSummary {
  readonly files: readonly {
    readonly file: string
    readonly components: readonly string[]
    /** What scanners of one's own took. */
    readonly findings: readonly ScannerSummary[]
  }[]
  readonly skipped: readonly { readonly file: string; readonly reason: SkipReason }[]
}

/** Methods of a class that its `@Transactional` left without a transaction, because nothing proves them asynchronous. */
export interface UnwrappedMethods {
  readonly component: string
  readonly methods: readonly string[]
}

/** A report as data. */
export interface ReportData {
  /** The application's, as in messages. */
  readonly name: string
  readonly state: ApplicationState
  /** When the start began, how long it took, and how long each part of it. */
  readonly start: { readonly at: Date; readonly totalMs: number; readonly phases: readonly PhaseTiming[] }
  /** Each with its driver, its place, its pool, and the way on which its statements are sent; no user and no password. */
  readonly dataSources: readonly DataSourceDescription[]
  /** Their names, those depended on first. */
  readonly plugins: readonly string[]
  /** Everything that is registered. */
  readonly components: readonly ComponentReport[]
  /** What came of every condition, each asked once at the start: also of components that are not there because of it. */
  readonly conditions: readonly ConditionOutcome[]
  /** The configuration: each key with the source of its value; secrets masked. */
  readonly configuration: readonly DescribedValue[]
  /** `undefined` where nothing was scanned. */
  readonly scan: ScanSummary | undefined
  /** What `@Transactional` on a class left without a transaction, by class. */
  readonly unwrapped: readonly UnwrappedMethods[]
}

/**
 * What an application is made of and how it started, made by `app.report()`: data to look into, and a text to print. It holds
 * no password, no parameter value and no option that may be one.
 *
 * @example
 * await using app = await bootstrap({ database: { url: 'sqlite:app.db' }, scan: 'dist' })
 * console.log(String(app.report()))
 */
export class ApplicationReport implements ReportData {
  readonly name: string
  readonly state: ApplicationState
  readonly start: ReportData['start']
  readonly dataSources: readonly DataSourceDescription[]
  readonly plugins: readonly string[]
  readonly components: readonly ComponentReport[]
  readonly conditions: readonly ConditionOutcome[]
  readonly configuration: readonly DescribedValue[]
  readonly scan: ScanSummary | undefined
  readonly unwrapped: readonly UnwrappedMethods[]

  /** @internal Use `app.report()`. */
  constructor(data: ReportData) {
    this.name = data.name
    this.state = data.state
    this.start = data.start
    this.dataSources = data.dataSources
    this.plugins = data.plugins
    this.components = data.components
    this.conditions = data.conditions
    this.configuration = data.configuration
    this.scan = data.scan
    this.unwrapped = data.unwrapped
    Object.freeze(this)
  }

  /** The report as text, for a person. */
  toString(): string {
    return printReport(this)
  }
}
