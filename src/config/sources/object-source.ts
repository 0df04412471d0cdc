import { FLAG } from '../../core/option-checks'
import type { Variables } from '../node'
import { originOf } from '../origin'
import { kindOfValue } from '../plain-value'
import { problem, type Report } from '../problem'
import { readRoot } from '../read-tree'
import { isSimpleObject } from '../simple-object'
import { A_TEXT, AN_OBJECT, checkSourceOptions, ConfigurationSource, refusedSource } from '../source'
import { kindOfThrown } from '../thrown'

/** Options of `objectSource()`. */
export interface ObjectSourceOptions {
  /** In messages. Default `'objectSource'`. */
  readonly name?: string
  /** Whether `${…}` in texts is replaced. Default false: a value in code may come from anywhere. */
  readonly interpolate?: boolean
  /** Where `${ENV:…}` looks. Default `process.env`. */
  readonly variables?: Variables
}

/** A tree of settings, or a function that gets it from wherever it is kept. */
export type ObjectTree = object | (() => object | Promise<object>)

/**
 * A configuration in code: defaults below the files, or fixed values above everything when it stands last.
 *
 * Give a function to get the tree from a server of secrets, say; it is called at the start and with each refresh.
 *
 * @example
 * import { objectSource } from 'ambit'
 * const sources = [objectSource({ mail: { host: 'localhost' } }), objectSource(() => vault.read('shop'), { name: 'vault' })]
 *
 * @throws InvalidSettingsError `AMBIT_CONFIG_SOURCES`
 */
export function objectSource(tree: ObjectTree, options: ObjectSourceOptions = {}): ConfigurationSource {
  checkSourceOptions('objectSource()', options, OPTIONS)
  if (typeof tree !== 'function' && !isSimpleObject(tree))
    throw refusedSource(
      'objectSource()',
      `was given ${kindOfValue(tree)}`,
      'Give an object of settings, or a function.',
    )
  const { name = 'objectSource', interpolate = false, variables = process.env } = options
  const origin = originOf(name)
  return new ConfigurationSource(name, undefined, async report => {
    const value = await readCode(name, tree, report)
    const site = { originAt: () => origin, variables: interpolate ? variables : undefined, report }
    return { kind: 'tree', root: readRoot(value, site) }
  })
}

/** What a source in code answers; `{}` where its function failed, which is reported. */
export async function readCode(name: string, given: ObjectTree, report: Report): Promise<unknown> {
  if (typeof given !== 'function') return given
  try {
    return await (given as () => unknown)() // a function in place of a tree takes nothing
  } catch (error) {
    report(failedSource(name, error))
    return {}
  }
}

/** The error's own message could hold what is secret. */
function failedSource(name: string, error: unknown): ReturnType<typeof problem> {
  return problem('AMBIT_CONFIG_SOURCE', {
    path: [],
    origin: originOf(name),
    what: `The source '${name}' failed: its function threw ${kindOfThrown(error)}.`,
    next: 'Call the function by itself to see the error; its message is not shown, since it may hold what is secret.',
  })
}

const OPTIONS = { name: A_TEXT, interpolate: FLAG, variables: AN_OBJECT } as const
