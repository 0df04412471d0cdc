import type * as YamlPackage from 'yaml'
import { mapNode, type MapNode } from '../node'
import { type Origin, originOf } from '../origin'
import type { Path } from '../path'
import { problem, type Report } from '../problem'
import { readRoot } from '../read-tree'
import { ConfigurationSource } from '../source'
import { checkFileOptions, type FileOptions, variablesOf } from './file-options'
import { configFile, readConfigFile } from './read-file'

/**
 * A configuration in a YAML file (YAML 1.2, core schema). Needs the package `yaml`, which is loaded with the first file.
 *
 * @example
 * import { yamlFile } from 'ambit'
 * const sources = [yamlFile('app.yaml'), yamlFile('app.local.yaml', { optional: true })]
 *
 * @throws InvalidSettingsError `AMBIT_CONFIG_SOURCES`
 */
export function yamlFile(path: string, options: FileOptions = {}): ConfigurationSource {
  checkFileOptions('yamlFile()', path, options)
  const file = configFile(path, options.optional === true)
  return new ConfigurationSource(path, undefined, async report => {
    const text = await readConfigFile(file, report)
    const yaml = text === undefined ? undefined : await loadYaml(path, report)
    if (text === undefined || yaml === undefined) return { kind: 'tree', root: mapNode(new Map(), originOf(path)) }
    return { kind: 'tree', root: parse(yaml, { name: path, text, options, report }) }
  })
}

type Yaml = Pick<typeof YamlPackage, 'isMap' | 'isNode' | 'isScalar' | 'LineCounter' | 'parseDocument'>

/** The package is an optional peer: who has no YAML file need not have it. */
async function loadYaml(name: string, report: Report): Promise<Yaml | undefined> {
  try {
    return await import('yaml')
  } catch {
    const what = `The file ${name} cannot be read: the package 'yaml' is not installed.`
    const next = "Run 'npm install yaml', or keep the configuration in JSON."
    report(problem('AMBIT_CONFIG_SOURCE', { path: [], origin: originOf(name), what, next }))
    return undefined
  }
}

interface YamlText {
  readonly name: string
  readonly text: string
  readonly options: FileOptions
  readonly report: Report
}

function parse(yaml: Yaml, { name, text, options, report }: YamlText): MapNode {
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
  const lineAt = (offset: number): Origin => lineOrigin(name, lines.linePos(offset).line)
  // A tag that nothing knows is a warning only, but its value would be another one than was meant.
  const faults = [...document.errors, ...document.warnings]
  for (const { code, pos } of faults) report(corrupt(lineAt(pos[0]), code))
  if (faults.length > 0) return mapNode(new Map(), originOf(name))
  const originAt = (path: Path): Origin => {
    const offset = offsetOf(yaml, document, path)
    return offset === undefined ? originOf(name) : lineAt(offset)
  }
  try {
    return readRoot(document.toJS(), { originAt, variables: variablesOf(options), report })
  } catch {
    report(corrupt(originOf(name), 'too many aliases')) // or one whose anchor is missing
    return mapNode(new Map(), originOf(name))
  }
}

/** Where the key or the element at a path begins. What an alias brings in has the place of what is around it. */
function offsetOf(yaml: Yaml, document: ReturnType<Yaml['parseDocument']>, path: Path): number | undefined {
  for (let end = path.length; end > 0; end--) {
    const above: unknown = end === 1 ? document.contents : document.getIn(path.slice(0, end - 1), true)
    const node: unknown = yaml.isMap(above)
      ? keyOf(yaml, above.items, path[end - 1])
      : document.getIn(path.slice(0, end), true)
    if (yaml.isNode(node) && node.range) return node.range[0]
  }
  return undefined
}

function keyOf(yaml: Yaml, pairs: readonly { readonly key: unknown }[], step: unknown): unknown {
  return pairs.find(({ key }) => yaml.isScalar(key) && String(key.value) === step)?.key
}

function lineOrigin(name: string, line: number): Origin {
  return originOf(name, `${name}, line ${line}`)
}

/** Only the parser's code is shown: its message quotes the text, in which secrets may stand. */
function corrupt(origin: Origin, code: string): ReturnType<typeof problem> {
  return problem('AMBIT_CONFIG_SOURCE', {
    path: [],
    origin,
    what: `The file ${origin.source} is no YAML that can be read (${code}).`,
    next: 'Correct it there; mind indentation, and quote texts that hold a colon and a space.',
  })
}
