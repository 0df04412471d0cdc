import type { CallValues } from '../compile/values'
import type { QueryResultKind } from '../declaration'
import { InvalidPageError, QueryParameterError } from '../errors'
import { PageRequest } from '../paging/page-request'
import { WindowRequest } from '../paging/window-request'

/** What a call of a query supplies, taken apart. */
export interface BoundArguments {
  readonly values: CallValues
  readonly page: PageRequest | undefined
  readonly window: WindowRequest | undefined
}

/** How a query takes its arguments; fixed at start-up. */
export interface ArgumentPlan {
  readonly label: string
  /** What the last argument asks for a part of the result with. */
  readonly request: RequestKind | undefined
  /** The named parameters, or how many arguments a derived name takes. */
  readonly parameters: readonly string[] | number
  readonly args: readonly string[] | undefined
}

export type RequestKind = 'page' | 'window'

/** What a query of that result has as its last argument. */
export function requestKind(result: QueryResultKind): RequestKind | undefined {
  if (result === 'window') return 'window'
  return result === 'page' || result === 'slice' ? 'page' : undefined
}

/**
 * Takes the arguments of a call apart, before any SQL.
 *
 * @throws InvalidPageError `AMBIT_QUERY_PAGE_MISSING`; QueryParameterError `AMBIT_QUERY_PARAMETER_MISSING`,
 * `AMBIT_QUERY_PARAMETER_UNUSED`
 */
export function bindArguments(plan: ArgumentPlan, given: readonly unknown[]): BoundArguments {
  const { label, parameters, request } = plan
  const last = given.at(-1)
  const page = request === 'page' ? pageOf(label, last) : undefined
  const window = request === 'window' ? windowOf(label, last) : undefined
  const args = request === undefined ? given : given.slice(0, -1)
  if (typeof parameters === 'number') {
    requireCount(label, parameters, args)
    return { values: { named: {}, positional: args }, page, window }
  }
  return { values: { named: namedValues(plan, parameters, args), positional: [] }, page, window }
}

function namedValues(plan: ArgumentPlan, names: readonly string[], args: readonly unknown[]): Record<string, unknown> {
  const [first] = args
  const [only] = names
  if (plan.args) return byPosition(plan.label, plan.args, args)
  if (only === undefined) {
    requireCount(plan.label, 0, args)
    return {}
  }
  requireCount(plan.label, 1, args)
  if (names.length === 1 && !isParams(first, only)) return byPosition(plan.label, names, args)
  return byName(plan.label, names, first)
}

function byPosition(label: string, names: readonly string[], args: readonly unknown[]): Record<string, unknown> {
  requireCount(label, names.length, args)
  const [only] = names
  if (only !== undefined && names.length === 1) return { [only]: present(label, only, args[0]) }
  return Object.fromEntries(names.map((name, index) => [name, present(label, name, args[index])]))
}

function byName(label: string, names: readonly string[], params: unknown): Record<string, unknown> {
  if (!isPlainObject(params)) throw missing(label, names)
  const unused = Object.keys(params).filter(name => !names.includes(name))
  if (unused.length > 0) throw unusedParameters(label, unused)
  return Object.fromEntries(names.map(name => [name, present(label, name, params[name])]))
}

/** `undefined` would silently become NULL: a value that was forgotten must not match by accident. */
function present(label: string, name: string, value: unknown): unknown {
  if (value === undefined) throw missing(label, [name])
  return value
}

/** A params object is told from a JSON value by having the parameter's name as a key; what else it has is refused. */
function isParams(value: unknown, name: string): boolean {
  return isPlainObject(value) && Object.hasOwn(value, name)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function pageOf(label: string, value: unknown): PageRequest {
  if (PageRequest.is(value)) return value
  throw new InvalidPageError('AMBIT_QUERY_PAGE_MISSING', {
    what: `${label} answers a page, but its last argument is no PageRequest.`,
    where: label,
    next: 'Pass PageRequest.of(page, size) as the last argument.',
  })
}

function windowOf(label: string, value: unknown): WindowRequest {
  if (WindowRequest.is(value)) return value
  throw new InvalidPageError('AMBIT_QUERY_PAGE_MISSING', {
    what: `${label} answers a window, but its last argument is no WindowRequest.`,
    where: label,
    next: 'Pass WindowRequest.first(size) as the last argument.',
  })
}

function requireCount(label: string, expected: number, args: readonly unknown[]): void {
  if (args.length === expected) {
    const hole = args.indexOf(undefined)
    if (hole >= 0) throw missing(label, [`argument ${hole + 1}`])
    return
  }
  const code = args.length < expected ? 'AMBIT_QUERY_PARAMETER_MISSING' : 'AMBIT_QUERY_PARAMETER_UNUSED'
  const what = `${label} takes ${count(expected)}, and was called with ${args.length}.`
  throw new QueryParameterError(code, { what, where: label, next: NEXT[code] }, [])
}

function count(n: number): string {
  return n === 1 ? 'one argument' : `${n} arguments`
}

function missing(label: string, names: readonly string[]): QueryParameterError {
  const code = 'AMBIT_QUERY_PARAMETER_MISSING'
  const text = { what: `${label} was called without a value for ${names.join(', ')}.`, where: label, next: NEXT[code] }
  return new QueryParameterError(code, text, names)
}

function unusedParameters(label: string, names: readonly string[]): QueryParameterError {
  const code = 'AMBIT_QUERY_PARAMETER_UNUSED'
  const what = `${label} was given ${names.join(', ')}, which its query does not have.`
  return new QueryParameterError(code, { what, where: label, next: NEXT[code] }, names)
}

const NEXT = {
  AMBIT_QUERY_PARAMETER_MISSING:
    "Pass one value for a single parameter, a params object for several, or say the order: args: ['from', 'to']. Use null for no value.",
  AMBIT_QUERY_PARAMETER_UNUSED: 'Take it out of the call, or use it in the query.',
} as const
