import type { BootstrapOptions } from '../application'

/** Why a module cannot be used, as a sentence. */
export class ModuleProblem extends Error {}

/**
 * The options of an application that a module exports for tools: `application`, else its default export; the options, or a
 * function that answers them, or a promise of them.
 *
 * @throws ModuleProblem where there are none
 */
export async function applicationOptions(exported: unknown, file: string): Promise<BootstrapOptions> {
  const found = candidateOf(exported)
  if (found === undefined) throw new ModuleProblem(`${file} exports neither 'application' nor a default. ${FORM}`)
  const options: unknown = await (typeof found === 'function' ? (found as () => unknown)() : found)
  if (!isPlainObject(options)) throw new ModuleProblem(`What ${file} exports is no options of bootstrap(). ${FORM}`)
  // bootstrap() checks its options itself: it is given whatever a program in JavaScript gives it.
  return options
}

/** Compilers to CommonJS put a default export below `default`, and an import of such a module does so once more. */
function candidateOf(exported: unknown): unknown {
  if (!isObject(exported)) return undefined
  if (exported['application'] !== undefined) return exported['application']
  const value = exported['default']
  return isObject(value) && value['__esModule'] === true ? candidateOf(value) : value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isPlainObject(value: unknown): value is object {
  if (!isObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const FORM =
  'Export the options that bootstrap() is given: export const application = { entities, components, database }.'
