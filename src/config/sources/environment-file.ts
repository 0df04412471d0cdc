import { parseEnv } from 'node:util'
import { FLAG } from '../../core/option-checks'
import { checkSourceOptions, type ConfigurationSource } from '../source'
import { checkPath } from './file-options'
import { flat, FLAT_OPTIONS, type FlatOptions } from './flat-source'
import { configFile, readConfigFile } from './read-file'

/** Options of `environmentFile()`. */
export interface EnvironmentFileOptions extends FlatOptions {
  /** Whether the file may be missing. Default false. */
  readonly optional?: boolean
}

/**
 * Variables in a file, one a line, as Node's own `--env-file` reads them; the environment itself is left alone.
 *
 * @example
 * import { environmentFile, environmentSource } from 'ambit'
 * const sources = [environmentFile('.env', { optional: true }), environmentSource()]
 *
 * @throws InvalidSettingsError `AMBIT_CONFIG_SOURCES`
 */
export function environmentFile(path: string, options: EnvironmentFileOptions = {}): ConfigurationSource {
  checkPath('environmentFile()', path)
  checkSourceOptions('environmentFile()', options, { ...FLAT_OPTIONS, optional: FLAG })
  const file = configFile(path, options.optional === true)
  const named = { name: path, call: (name: string) => `${name} in ${path}` }
  return flat(named, options, async report => parseEnv((await readConfigFile(file, report)) ?? ''))
}
