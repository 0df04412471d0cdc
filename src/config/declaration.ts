import { type Class, MetadataKey, ownMetadata, setMetadata } from '../core/metadata'
import { lineage } from '../di/token'
import type { SettingOptions } from './setting.decorator'
import type { StandardSchema } from './standard-schema'

/** What `@Setting()` recorded about a property. */
export interface SettingDeclaration {
  readonly property: string
  readonly options: SettingOptions
  /** The class that the compiler emitted for the property. */
  readonly emitted: unknown
}

/** What `@Settings()` recorded about a class. */
export interface SettingsDeclaration {
  /** Where the settings may stand, each as its steps; the longest first. One empty list for the root. */
  readonly prefixes: readonly (readonly string[])[]
  readonly schema: StandardSchema | undefined
}

const SETTINGS = new MetadataKey<SettingsDeclaration>('settings')
const SETTING = new MetadataKey<readonly SettingDeclaration[]>('setting')

export function recordSettings(target: Class, declaration: SettingsDeclaration): void {
  setMetadata(target, SETTINGS, declaration)
}

export function recordSetting(owner: Class, declaration: SettingDeclaration): void {
  setMetadata(owner, SETTING, [...(ownMetadata(owner, SETTING) ?? []), declaration])
}

/** What is recorded on exactly this class: a subclass says its own prefix. */
export function settingsOf(target: Class): SettingsDeclaration | undefined {
  return ownMetadata(target, SETTINGS)
}

/** The settings of a class, those of its bases first; one that a subclass declares again counts in the subclass's form. */
export function settingDeclarations(target: Class): readonly SettingDeclaration[] {
  const found = new Map<string, SettingDeclaration>()
  for (const level of [...lineage(target)].reverse()) {
    for (const declaration of ownMetadata(level, SETTING) ?? []) found.set(declaration.property, declaration)
  }
  return [...found.values()]
}

export function isSettingsClass(target: Class): boolean {
  return settingsOf(target) !== undefined
}
