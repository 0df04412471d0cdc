import type { Class } from '../core/metadata'
import { changedPaths } from './changes'
import { describeValues, type DescribedValue } from './description'
import { InvalidConfigurationError, InvalidSettingsError, SettingsNotBoundError } from './errors'
import { isSettingsClass } from './declaration'
import { bindMerged, type Loaded, type Merged, mergeReadings, readSources, type Replaced } from './load'
import { nodeAt } from './node'
import { parsePath, type Path, pathsMeet, pathText } from './path'
import { plainValue } from './plain-value'
import { ConfigurationSource } from './source'

/** What `loadConfiguration()` takes. */
export interface ConfigurationOptions {
  /** Where it is read from; later ones win, value by value. */
  readonly sources: readonly ConfigurationSource[]
  /** Classes with `@Settings()` to bind. */
  readonly settings?: readonly Class[]
}

/**
 * The configuration of an application: what its sources say together. Every application has one to inject.
 *
 * Prefer settings classes, which are typed and checked at the start; this is for keys that are not known before.
 *
 * @example
 * import { ApplicationConfiguration, Service } from 'ambit'
 *
 * @Service()
 * class Features {
 *   constructor(private readonly configuration: ApplicationConfiguration) {}
 *   isOn(feature: string): boolean { return this.configuration.get(`features.${feature}`) === true }
 * }
 */
export class ApplicationConfiguration {
  #loaded: Loaded
  /** What was bound first, which is what components were given. */
  readonly #first: Loaded
  #refreshing: Promise<unknown> = Promise.resolve()

  /** @internal Use {@link loadConfiguration}, or inject it. */
  constructor(loaded: Loaded) {
    this.#loaded = loaded
    this.#first = loaded
  }

  /** Whether any source has a value under the key `'mail.servers[0].host'`. */
  has(key: string): boolean {
    return nodeAt(this.#loaded.root, parsePath(key)) !== undefined
  }

  /** The value under a key, as it was written; maps and lists are frozen, `undefined` where no source has one. */
  get(key: string): unknown {
    const node = nodeAt(this.#loaded.root, parsePath(key))
    return node === undefined ? undefined : plainValue(node)
  }

  /**
   * The settings object of a class as it is now: after a refresh, the new one.
   *
   * @throws SettingsNotBoundError `AMBIT_CONFIG_NOT_BOUND`
   */
  settings<T>(target: Class<T>): T {
    const found = this.#loaded.bound.get(target)
    if (found === undefined) throw notBound(target)
    return found as T // bound as an instance of its class
  }

  /** Every key with the source that its value comes from. Values that are secret, or that nobody describes, are masked. */
  describe(): readonly DescribedValue[] {
    return describeValues(this.#loaded)
  }

  /** @internal What components were given at the start. */
  initial(target: Class): object | undefined {
    return this.#first.bound.get(target)
  }

  /** @internal The same sources as they were read, for further settings. */
  merged(settings: readonly Class[]): Merged {
    const known = this.#loaded.settings.map(({ target }) => target)
    return mergeReadings(this.#loaded.readings, [...known, ...settings])
  }

  /**
   * @internal Reads the sources again, and puts what they say in place if all of it is right.
   *
   * @returns the paths that changed
   * @throws InvalidConfigurationError `AMBIT_CONFIG_INVALID` with every problem; nothing has changed then
   */
  refresh(replaced: Replaced): Promise<readonly string[]> {
    const run = (): Promise<readonly string[]> => this.#refresh(replaced)
    // One after the other; that an earlier one failed is its own caller's business.
    const refreshed = this.#refreshing.then(run, run)
    this.#refreshing = refreshed
    return refreshed
  }

  async #refresh(replaced: Replaced): Promise<readonly string[]> {
    const { readings, settings } = this.#loaded
    const classes = settings.map(({ target }) => target)
    const loaded = await bindMerged(mergeReadings(await readSources(readings.sources), classes), replaced)
    if (loaded.problems.length > 0) throw new InvalidConfigurationError(loaded.problems, UNCHANGED)
    const changed = changedPaths(this.#loaded.root, loaded.root)
    if (changed.length > 0) this.#loaded = { ...loaded, bound: keepUnchanged(this.#loaded, loaded, changed) }
    return changed.map(pathText)
  }
}

/**
 * Reads a configuration without starting an application: for scripts, and for what has to be known before `bootstrap()`, such
 * as the address of the database. Pass it on as `bootstrap({ config })`.
 *
 * @example
 * import { bootstrap, environmentSource, loadConfiguration, Setting, Settings, yamlFile } from 'ambit'
 *
 * @Settings('database')
 * class DatabaseSettings {
 *   @Setting({ secret: true }) readonly url!: string
 * }
 *
 * const config = await loadConfiguration({ sources: [yamlFile('app.yaml'), environmentSource()], settings: [DatabaseSettings] })
 * await using app = await bootstrap({ config, database: { url: config.settings(DatabaseSettings).url } })
 *
 * @throws InvalidConfigurationError `AMBIT_CONFIG_INVALID` with every problem; InvalidSettingsError `AMBIT_CONFIG_SOURCES`
 */
export async function loadConfiguration({
  sources,
  settings = [],
}: ConfigurationOptions): Promise<ApplicationConfiguration> {
  checkSources(sources)
  const stranger = settings.find(target => !isSettingsClass(target))
  if (stranger !== undefined) throw noSettings(stranger)
  const loaded = await bindMerged(mergeReadings(await readSources([...sources]), settings))
  if (loaded.problems.length > 0) throw new InvalidConfigurationError(loaded.problems)
  return new ApplicationConfiguration(loaded)
}

/**
 * Refuses what is no list of sources.
 *
 * @throws InvalidSettingsError `AMBIT_CONFIG_SOURCES`
 */
export function checkSources(sources: unknown): asserts sources is readonly ConfigurationSource[] {
  const stray = Array.isArray(sources) ? sources.findIndex(each => !(each instanceof ConfigurationSource)) : 0
  if (stray < 0) return
  throw new InvalidSettingsError('AMBIT_CONFIG_SOURCES', {
    what: Array.isArray(sources) ? `Entry ${stray + 1} of the sources is none.` : 'The sources are no list.',
    where: 'the configuration',
    next: "Write [jsonFile('app.json'), environmentSource({ prefix: 'APP_' })], say; objectSource() takes an object.",
  })
}

/** Settings that nothing changed for stay the object that they are. */
function keepUnchanged(before: Loaded, after: Loaded, changed: readonly Path[]): Loaded['bound'] {
  const unchanged = after.settings.flatMap(({ target, prefixes }) => {
    const instance = before.bound.get(target)
    const isChanged = prefixes.some(prefix => changed.some(path => pathsMeet(path, prefix)))
    return instance === undefined || isChanged ? [] : [[target, instance] as const]
  })
  return new Map([...after.bound, ...unchanged])
}

function noSettings(target: Class): InvalidSettingsError {
  return new InvalidSettingsError('AMBIT_CONFIG_SOURCES', {
    what: `${target.name} is no settings class.`,
    where: 'loadConfiguration()',
    next: "Decorate it with @Settings('prefix').",
  })
}

function notBound(target: Class): SettingsNotBoundError {
  return new SettingsNotBoundError('AMBIT_CONFIG_NOT_BOUND', {
    what: `The configuration does not bind ${target.name}.`,
    where: `configuration.settings(${target.name})`,
    next: 'List it in components, or in the settings of loadConfiguration(); where an override replaces it, inject it.',
  })
}

const UNCHANGED = 'Nothing was changed; correct the following.'
