import { type OptionCheck, type OptionChecks, refuseOptions } from '../core/option-checks'
import { InvalidSettingsError } from './errors'
import { mapNode, type MapNode } from './node'
import { type Origin, originOf } from './origin'
import { problem, type Report } from './problem'
import { kindOfThrown } from './thrown'

/** A variable of a flat source: its name and text. */
export interface FlatEntry {
  readonly name: string
  readonly text: string
  readonly origin: Origin
}

/** What a source held when it was read: a tree, or variables that the settings give a place to. */
export type Reading =
  | { readonly kind: 'tree'; readonly root: MapNode }
  | {
      readonly kind: 'flat'
      readonly entries: readonly FlatEntry[]
      /** What the names of all its variables begin with; not part of `entries`' names. */
      readonly prefix: string
      readonly caseSensitive: boolean
    }

/**
 * One place that a configuration is read from. Made by `objectSource()`, `jsonFile()`, `yamlFile()`, `environmentSource()`,
 * `environmentFile()` or `flatSource()`.
 */
export class ConfigurationSource {
  readonly #read: (report: Report) => Reading | Promise<Reading>

  /** @internal Use one of the functions that make sources. */
  constructor(
    /** In messages. */
    readonly name: string,
    /** How messages call a variable of this source: `'environment variable APP_MAIL_HOST'`; `undefined` for a tree. */
    readonly variable: ((name: string) => string) | undefined,
    read: (report: Report) => Reading | Promise<Reading>,
  ) {
    this.#read = read
  }

  /** @internal Reads the source; what is wrong with it is reported, never thrown. */
  async read(report: Report): Promise<Reading> {
    try {
      return await this.#read(report)
    } catch (error) {
      report(unreadable(this.name, error))
      return { kind: 'tree', root: mapNode(new Map(), originOf(this.name)) }
    }
  }
}

/** A getter may throw, say. The error's own message could hold what is secret. */
function unreadable(name: string, error: unknown): ReturnType<typeof problem> {
  return problem('AMBIT_CONFIG_SOURCE', {
    path: [],
    origin: originOf(name),
    what: `The source '${name}' failed: reading it threw ${kindOfThrown(error)}.`,
    next: 'Read its values by themselves to see the error; its message is not shown, since it may hold what is secret.',
  })
}

/**
 * Refuses options that a source does not know.
 *
 * @throws InvalidSettingsError `AMBIT_CONFIG_SOURCES`
 */
export function checkSourceOptions(source: string, options: object, known: OptionChecks): void {
  const refusal = refuseOptions(options, known)
  if (refusal !== undefined) throw refusedSource(source, refusal.problem, refusal.next)
}

export function refusedSource(source: string, fault: string, next: string): InvalidSettingsError {
  return new InvalidSettingsError('AMBIT_CONFIG_SOURCES', { what: `${source} ${fault}.`, where: source, next })
}

export const A_TEXT: OptionCheck = { expected: 'a text', accepts: value => typeof value === 'string' }
export const AN_OBJECT: OptionCheck = {
  expected: 'an object',
  accepts: value => typeof value === 'object' && value !== null,
}
