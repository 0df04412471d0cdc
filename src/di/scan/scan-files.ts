import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

/** Lists all files below a directory, as absolute paths. */
export type ListFiles = (directory: string) => Promise<readonly string[]>

/**
 * All files below a directory in the order of their names. Skips `node_modules` and hidden directories; does not follow
 * symbolic links.
 */
export const listFilesBelow: ListFiles = async directory => {
  const entries = await readdir(directory, { withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(directory, entry.name)
    if (entry.isFile()) found.push(file)
    else if (entry.isDirectory() && !isSkipped(entry.name)) found.push(...(await listFilesBelow(file)))
  }
  return found
}

/** Why a file whose name matches is not imported. */
export type SkipReason = 'entry file' | 'node_modules' | 'TypeScript source' | 'also there as JavaScript'

/** What a scan makes of a list of files. */
export interface SortedFiles {
  readonly chosen: readonly string[]
  readonly skipped: readonly { readonly file: string; readonly reason: SkipReason }[]
}

/** What decides whether a file is imported. */
export interface FileRules {
  readonly suffixes: readonly string[]
  /** Whether something in the process loads TypeScript. */
  readonly typeScript: boolean
  /** The file that the process was started with: importing it would start the application again. */
  readonly entry: string | undefined
}

/** Chooses the files to import: those with a suffix, not the entry file, one per name. */
export function sortFiles(files: readonly string[], rules: FileRules): SortedFiles {
  const matching = [...new Set(files)].filter(file => matches(file, rules.suffixes))
  const javaScript = new Set(matching.filter(file => !isTypeScript(file)).map(stemOf))
  const reasons = matching.map(file => ({ file, reason: skipReason(file, rules, javaScript) }))
  return {
    chosen: reasons.filter(({ reason }) => reason === undefined).map(({ file }) => file),
    skipped: reasons.flatMap(({ file, reason }) => (reason === undefined ? [] : { file, reason })),
  }
}

export async function isDirectory(directory: string): Promise<boolean> {
  return (await stat(directory)).isDirectory()
}

function matches(file: string, suffixes: readonly string[]): boolean {
  if (!EXTENSIONS.test(file) || DECLARATION.test(file)) return false
  return suffixes.some(suffix => stemOf(file).endsWith(suffix))
}

function skipReason(file: string, rules: FileRules, javaScript: ReadonlySet<string>): SkipReason | undefined {
  if (file.split(path.sep).includes('node_modules')) return 'node_modules'
  if (rules.entry !== undefined && isSameFile(file, rules.entry)) return 'entry file'
  if (!isTypeScript(file)) return undefined
  if (javaScript.has(stemOf(file))) return 'also there as JavaScript'
  return rules.typeScript ? undefined : 'TypeScript source'
}

/** Node allows the entry file to be named without its extension. */
function isSameFile(file: string, entry: string): boolean {
  return file === entry || stemOf(file) === entry || (EXTENSIONS.test(entry) && stemOf(file) === stemOf(entry))
}

function stemOf(file: string): string {
  return file.replace(EXTENSIONS, '')
}

function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file)
}

function isSkipped(directory: string): boolean {
  return directory === 'node_modules' || directory.startsWith('.')
}

const EXTENSIONS = /\.[cm]?[jt]s$/
const DECLARATION = /\.d\.[cm]?ts$/
