export { ApplicationConfiguration, type ConfigurationOptions, loadConfiguration } from './configuration'
export { ConfigurationChangedEvent, prefixesOf } from './configuration-changed.event'
export { isSettingsClass } from './declaration'
export { type DescribedValue } from './description'
export {
  CONFIG_ERRORS,
  ConfigurationListenerError,
  type ConfigurationProblem,
  InvalidConfigurationError,
  InvalidSettingsError,
  SettingsNotBoundError,
} from './errors'
export { type Live, live } from './live'
export {
  checkConfigurationInput,
  type ConfigurationInput,
  forgottenSettings,
  openConfiguration,
} from './open-configuration'
export { configurationProviders } from './providers'
export { Setting, type SettingOptions } from './setting.decorator'
export { type SettingType } from './setting-type'
export { Settings, type SettingsOptions } from './settings.decorator'
export { type ConfigurationSource } from './source'
export { environmentFile, type EnvironmentFileOptions } from './sources/environment-file'
export { environmentSource, type EnvironmentOptions, flatSource, type FlatSourceOptions } from './sources/flat-source'
export { type FileOptions } from './sources/file-options'
export { jsonFile } from './sources/json-file'
export { objectSource, type ObjectSourceOptions } from './sources/object-source'
export { yamlFile } from './sources/yaml-file'
export { type StandardSchema } from './standard-schema'
