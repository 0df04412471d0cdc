import { FLAG } from '../../core/option-checks'
import type { Variables } from '../node'
import { AN_OBJECT, checkSourceOptions, refusedSource } from '../source'

/** Options of `jsonFile()` and `yamlFile()`. */
export interface FileOptions {
  /** Whether the file may be missing. A file that is there has to be right. Default false. */
  readonly optional?: boolean
  /** Whether `${ENV:…}` and `${ref:…}` in texts are replaced. Default true. */
  readonly interpolate?: boolean
  /** Where `${ENV:…}` looks. Default `process.env`. */
  readonly variables?: Variables
}

export function checkFileOptions(source: string, path: unknown, options: FileOptions): void {
  checkPath(source, path)
  checkSourceOptions(source, options, OPTIONS)
}

export function checkPath(source: string, path: unknown): void {
  if (typeof path !== 'string' || path === '')
    throw refusedSource(source, 'was given no path', "Write 'app.json', say.")
}

/** Where the texts of a file look variables up; `undefined` where they are no templates. */
export function variablesOf({ interpolate = true, variables = process.env }: FileOptions): Variables | undefined {
  return interpolate ? variables : undefined
}

const OPTIONS = { optional: FLAG, interpolate: FLAG, variables: AN_OBJECT } as const
