import { posix } from 'node:path'
import type { LayerTable } from './layer-table'
import { type Import, type ImportKind, type SourceTree, importsOf } from './source-graph'

/** Every breach of the layer table in a source tree, one sentence each. */
export function layerViolations(tree: SourceTree, table: LayerTable): string[] {
  return importsOf(tree).flatMap(found => violation(found, table) ?? [])
}

/** The faults of the table itself: an import that does not go down, or a name that does not exist. */
export function tableFaults({ areas, parts }: LayerTable): string[] {
  const upwards = Object.entries(areas).flatMap(([area, { level, imports }]) =>
    imports
      .filter(target => (areas[target]?.level ?? Infinity) >= level)
      .map(
        target => `${area} [${level}] lists ${target} [${areas[target]?.level ?? 'unknown'}], which is not below it`,
      ),
  )
  const wider = Object.entries(parts).flatMap(([part, imports]) => {
    const allowed = [areaOf(part), ...(areas[areaOf(part)]?.imports ?? [])]
    return imports
      .filter(target => !allowed.includes(areaOf(target)))
      .map(target => `${part} lists ${target}, which its area may not import`)
  })
  return [...upwards, ...wider]
}

function violation({ from, specifier, to, kind }: Import, table: LayerTable): string | undefined {
  const line = `${from} imports '${specifier}'`
  if (!specifier.startsWith('.')) return packageViolation(from, specifier, table, line)
  if (to === undefined) return `${line}: there is no such file below src (relative imports have no extension)`
  if (isRoot(from)) return undefined
  if (isRoot(to)) return `${line}: files directly below src are entry points, for users only`
  return (
    indexViolation(from, to, line) ??
    (isOwnErrorsType(from, to, kind) ? undefined : folderViolation(from, to, table, line))
  )
}

function packageViolation(from: string, specifier: string, { packages }: LayerTable, line: string): string | undefined {
  const rule = packages[packageName(specifier)]
  if (rule === undefined)
    return specifier.startsWith('node:') ? undefined : `${line}: the package is not in the layer table`
  const home = rule.homes.some(place => (place.endsWith('/') ? from.startsWith(place) : from === place))
  return home ? undefined : `${line}: only ${rule.homes.join(', ')} may, because ${rule.because}`
}

function indexViolation(from: string, to: string, line: string): string | undefined {
  const own = to === posix.join(areaOf(from), 'index.ts') || to === posix.join(posix.dirname(from), 'index.ts')
  return own ? `${line}: an area does not import its own index, name the file` : undefined
}

/** The errors of an area may know the types of their facts. */
function isOwnErrorsType(from: string, to: string, kind: ImportKind): boolean {
  return kind === 'type' && from === `${areaOf(from)}/errors.ts` && isInside(to, areaOf(from))
}

function folderViolation(from: string, to: string, table: LayerTable, line: string): string | undefined {
  const area = table.areas[areaOf(from)]
  if (area === undefined) return `${line}: the folder '${areaOf(from)}' is not in the layer table`
  const allowed = allowedFolders(from, table)
  return allowed.some(folder => isInside(to, folder))
    ? undefined
    : `${line}: it may import only ${allowed.join(', ') || 'nothing'}`
}

/** What a file may import: its part's list, or its area's. An area's errors import core only, and all its parts import them. */
function allowedFolders(from: string, { areas, parts }: LayerTable): readonly string[] {
  const own = areaOf(from)
  if (from === `${own}/errors.ts`) return ['core']
  const part = Object.keys(parts).find(name => isInside(from, name))
  if (part !== undefined) return [part, `${own}/errors.ts`, ...(parts[part] ?? [])]
  return [own, ...(areas[own]?.imports ?? [])]
}

export function packageName(specifier: string): string {
  const [first = '', second] = specifier.split('/')
  return first.startsWith('@') && second !== undefined ? `${first}/${second}` : first
}

function areaOf(path: string): string {
  return path.split('/')[0] ?? path
}

function isRoot(path: string): boolean {
  return !path.includes('/')
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
