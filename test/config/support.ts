import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ApplicationConfiguration,
  type ConfigurationProblem,
  type ConfigurationSource,
  loadConfiguration,
  objectSource,
} from 'ambit'
import { InvalidConfigurationError } from 'ambit/errors'
import type { Class } from '../../src/core/metadata'

const folders: string[] = []

/** Writes a file into a folder of its own, which {@link removeFiles} takes away. */
export function file(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ambit-config-'))
  folders.push(folder)
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

export function removeFiles(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

type Sources = ConfigurationSource | object | readonly (ConfigurationSource | object)[]

/** Sources, where a plain object is short for one in code. */
export function sources(given: Sources): readonly ConfigurationSource[] {
  const list = Array.isArray(given) ? (given as readonly object[]) : [given]
  return list.map(each => ('read' in each ? (each as ConfigurationSource) : objectSource(each)))
}

export function load(given: Sources, ...settings: readonly Class[]): Promise<ApplicationConfiguration> {
  return loadConfiguration({ sources: sources(given), settings })
}

/** The settings object of a class. */
export async function bind<T>(target: Class<T>, given: Sources): Promise<T> {
  return (await load(given, target)).settings(target)
}

/** What keeps a configuration from being used; none where nothing does. */
export async function problemsOf(
  given: Sources,
  ...settings: readonly Class[]
): Promise<readonly ConfigurationProblem[]> {
  try {
    await load(given, ...settings)
    return []
  } catch (error) {
    if (error instanceof InvalidConfigurationError) return error.problems
    throw error
  }
}

/** `'VALUE mail.port: mail.port is …'` */
export function brief(problems: readonly ConfigurationProblem[]): string[] {
  return problems.map(({ code, path, what }) => `${code.replace('AMBIT_CONFIG_', '')} ${path}: ${what}`)
}

/** All that a problem says, as a message shows it. */
export function textOf(problems: readonly ConfigurationProblem[]): string {
  return problems.length === 0 ? '' : new InvalidConfigurationError(problems).message
}
