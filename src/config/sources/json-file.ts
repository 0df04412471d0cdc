import { mapNode, type MapNode } from '../node'
import { originOf } from '../origin'
import { problem, type Report } from '../problem'
import { readRoot } from '../read-tree'
import { type RepeatedKey, repeatedKeys } from '../repeated-keys'
import { ConfigurationSource } from '../source'
import { checkFileOptions, type FileOptions, variablesOf } from './file-options'
import { configFile, readConfigFile } from './read-file'

/**
 * A configuration in a JSON file.
 *
 * @example
 * import { jsonFile } from 'ambit'
 * const sources = [jsonFile('app.json'), jsonFile('app.local.json', { optional: true })]
 *
 * @throws InvalidSettingsError `AMBIT_CONFIG_SOURCES`
 */
export function jsonFile(path: string, options: FileOptions = {}): ConfigurationSource {
  checkFileOptions('jsonFile()', path, options)
  const file = configFile(path, options.optional === true)
  return new ConfigurationSource(path, undefined, async report => {
    const text = await readConfigFile(file, report)
    return { kind: 'tree', root: parse(path, text ?? '{}', { report, options }) }
  })
}

function parse(name: string, text: string, site: { readonly report: Report; readonly options: FileOptions }): MapNode {
  const { report, options } = site
  const origin = originOf(name)
  try {
    const value: unknown = JSON.parse(text)
    for (const each of repeatedKeys(text)) report(repeated(name, text, each))
    return readRoot(value, { originAt: () => origin, variables: variablesOf(options), report })
  } catch (error) {
    report(corrupt(name, placeOf(error, text)))
    return mapNode(new Map(), origin)
  }
}

/** The parser's own message quotes the text, in which secrets may stand: only its position is taken. */
function placeOf(error: unknown, text: string): string {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
  return position === undefined ? '' : placeAt(Number(position), text)
}

function placeAt(position: number, text: string): string {
  const before = text.slice(0, position).split('\n')
  return `, line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

function repeated(name: string, text: string, { key, position }: RepeatedKey): ReturnType<typeof problem> {
  return problem('AMBIT_CONFIG_SOURCE', {
    path: [],
    origin: originOf(name, `${name}${placeAt(position, text)}`),
    what: `The file ${name} has the key '${key}' twice in one map.`,
    next: 'Write its parts together: only the last one would count.',
  })
}

function corrupt(name: string, place: string): ReturnType<typeof problem> {
  return problem('AMBIT_CONFIG_SOURCE', {
    path: [],
    origin: originOf(name, `${name}${place}`),
    what: `The file ${name} is no JSON.`,
    next: 'Correct it there; JSON has no comments, and no comma behind the last entry.',
  })
}
