import type { Class } from '../core/metadata'
import { isConstructor } from '../di/token'
import { ApplicationConfiguration, checkSources } from './configuration'
import { isSettingsClass, settingDeclarations } from './declaration'
import type { ConfigurationProblem } from './errors'
import { bindMerged, type Loaded, type Merged, mergeReadings, readSources, type Replaced } from './load'
import { nodeAt } from './node'
import { parsePath } from './path'
import { plainValue } from './plain-value'
import { declarationProblem } from './shape-reader'
import type { ConfigurationSource } from './source'

/** What `bootstrap({ config })` takes. */
export type ConfigurationInput = ApplicationConfiguration | readonly ConfigurationSource[]

/**
 * Refuses what is neither sources nor a configuration.
 *
 * @throws InvalidSettingsError `AMBIT_CONFIG_SOURCES`
 */
export function checkConfigurationInput(config: unknown): void {
  if (!(config instanceof ApplicationConfiguration)) checkSources(config)
}

/** Components with settings that nobody binds, since their class lacks `@Settings()`. */
export function forgottenSettings(components: readonly unknown[]): readonly ConfigurationProblem[] {
  return components.flatMap(component => {
    if (!isConstructor(component) || isSettingsClass(component)) return []
    const [first] = settingDeclarations(component)
    if (first === undefined) return []
    const fault = `has settings (${first.property}), which nobody binds`
    return declarationProblem(component.name, fault, "Decorate it with @Settings('prefix'), and with nothing else.")
  })
}

/** Reads the configuration of an application, for the settings classes that it has; nothing is bound yet. */
export async function openConfiguration(
  config: ConfigurationInput,
  settings: readonly Class[],
): Promise<ConfigurationDraft> {
  const merged =
    config instanceof ApplicationConfiguration
      ? config.merged(settings)
      : mergeReadings(await readSources([...config]), settings)
  return new ConfigurationDraft(merged)
}

/** A configuration that can be asked, for conditions of components, before it is known which settings are needed. */
export class ConfigurationDraft {
  readonly #merged: Merged

  constructor(merged: Merged) {
    this.#merged = merged
  }

  /** The value under a key; `undefined` where no source has one. */
  get(key: string): unknown {
    const node = nodeAt(this.#merged.root, parsePath(key))
    return node === undefined ? undefined : plainValue(node)
  }

  /** Binds the settings that nothing stands in for; what is wrong is in `problems`. */
  bind(replaced: Replaced): Promise<Loaded> {
    return bindMerged(this.#merged, replaced)
  }
}
