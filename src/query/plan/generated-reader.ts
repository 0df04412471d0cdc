import type { CellParser } from '../../data-source/statements/fixed-statement'
import type { Construction, Hydration, HydrationStep } from './hydration'
import type { EntityReader } from './row-reader'

let allowed: boolean | undefined

/** Whether the process may generate code: `--disallow-code-generation-from-strings` forbids it. Found out once. */
export function mayGenerate(): boolean {
  return (allowed ??= canGenerate())
}

function canGenerate(): boolean {
  try {
    return generate([], 'return true')() === true
  } catch {
    return false
  }
}

/**
 * A reader whose code is written for one statement. Names of properties come into it through JSON.stringify only; all else
 * is handed over by reference.
 */
export function generatedReader(hydration: Hydration, parsers: readonly CellParser[] | undefined): EntityReader {
  const given = new References()
  const lines = hydration.steps.map(step => assignment(step, parsers?.[step.cell], given))
  const isNull = hydration.steps.map(({ cell }) => `cells[${cell}] === null`).join(' && ')
  const skip = hydration.skipsEmpty ? `if (${isNull}) return undefined` : ''
  const code = `'use strict'
return cells => {
  ${skip}
  const entity = ${construction(hydration.construct, given)}
  let value
  ${lines.join('\n  ')}
  return entity
}`
  return given.run(code) as EntityReader
}

/** What the code refers to by name. */
class References {
  readonly #values: unknown[] = []

  name(value: unknown): string {
    return `given${this.#values.push(value)}`
  }

  run(code: string): unknown {
    const names = this.#values.map((_, index) => `given${index + 1}`)
    return generate(names, code)(...this.#values)
  }
}

function generate(names: readonly string[], code: string): (...values: unknown[]) => unknown {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the one place; what may stand in the code is said above
  return new Function(...names, code) as (...values: unknown[]) => unknown
}

function construction(construct: Construction, given: References): string {
  if (construct.kind === 'literal') return '{}'
  if (construct.kind === 'constructor') return `new ${given.name(construct.target)}()`
  return `Object.create(${given.name(construct.prototype)})`
}

function assignment(step: HydrationStep, parser: CellParser | undefined, given: References): string {
  const { cell, convert, convertsNull, owners, property } = step
  const parsed = parser === undefined ? 'value' : `${given.name(parser)}(value)`
  const made = convert === undefined ? parsed : `${given.name(convert)}(${parsed})`
  const ofNull = convert !== undefined && convertsNull ? `${given.name(convert)}(null)` : 'null'
  const owner = owners.reduce(
    (object, { property: name, create }) => `(${object}[${JSON.stringify(name)}] ??= ${given.name(create)}())`,
    'entity',
  )
  return `value = cells[${cell}]; value = value === null ? ${ofNull} : ${made}; ${owner}[${JSON.stringify(property)}] = value`
}
