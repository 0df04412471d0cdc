import { emittedParameterTypes } from '../../core/metadata'
import type { Method } from '../../core/wrap-method'
import type { ParameterRole } from '../ast/conditions'
import { labelOf, type QueryDeclaration } from '../declaration'
import { InvalidPageError, QueryParameterError } from '../errors'
import type { RequestKind } from './argument-binder'

/** The arguments that calls of a query give it. */
export interface TakenArguments {
  /** How many, the page request among them. */
  readonly count: number
  /** What the last one asks for a part of the result with. */
  readonly request: RequestKind | undefined
  /** What each stands for, as far as that decides whether it is a list; shorter where nothing is known. */
  readonly roles: readonly (ParameterRole | undefined)[]
}

/**
 * Compares a query with the method that declares it, as far as methods show their parameters at run time: how many there are,
 * and their classes where the compiler emits them. A `declare`d property shows nothing.
 *
 * @throws QueryParameterError `AMBIT_QUERY_PARAMETER_MISSING`, `AMBIT_QUERY_PARAMETER_UNUSED`, `AMBIT_QUERY_PARAMETER_LIST`;
 * InvalidPageError `AMBIT_QUERY_PAGE_MISSING`
 */
export function requireMethodForm(declaration: QueryDeclaration, taken: TakenArguments): void {
  const { method, owner, member } = declaration
  if (method === undefined) return
  const label = labelOf(declaration)
  const types = emittedParameterTypes(owner.prototype as object, member)
  const declares = declaredCount(method, types)
  if (taken.request && lacksRequest(declares.most, types)) throw withoutRequest(label, taken.request)
  if (declares.most < taken.count) throw wrongCount(label, taken.count, declares.most)
  if (declares.least > taken.count) throw wrongCount(label, taken.count, declares.least)
  types?.forEach((type, index) => refuseKind(label, index, type, taken.roles[index]))
}

/** Methods do not count their rest parameter, nor those that have a default. */
function declaredCount(method: Method, types: readonly unknown[] | undefined): { least: number; most: number } {
  const text = Function.prototype.toString.call(method)
  const parameters = text.slice(0, text.search(/\)\s*\{/))
  const isOpen = parameters.includes('...') || text.includes('arguments')
  if (isOpen || (types === undefined && parameters.includes('='))) return { least: method.length, most: Infinity }
  const count = types?.length ?? method.length
  return { least: count, most: count }
}

function lacksRequest(count: number, types: readonly unknown[] | undefined): boolean {
  const last = types?.at(-1)
  return count === 0 || last === Array || SINGLE.has(last)
}

function refuseKind(label: string, index: number, type: unknown, role: ParameterRole | undefined): void {
  if (role === 'list' ? !SINGLE.has(type) : role === undefined || type !== Array) return
  const text =
    role === 'list'
      ? {
          what: `Parameter ${index + 1} of ${label} stands for a list, and the method takes a single value.`,
          next: 'Declare an array.',
        }
      : {
          what: `Parameter ${index + 1} of ${label} stands for a single value, and the method takes an array.`,
          next: "Declare a single value, or compare with 'in'.",
        }
  throw new QueryParameterError('AMBIT_QUERY_PARAMETER_LIST', { ...text, where: label }, [`argument ${index + 1}`])
}

function wrongCount(label: string, wanted: number, given: number): QueryParameterError {
  const code = given < wanted ? 'AMBIT_QUERY_PARAMETER_MISSING' : 'AMBIT_QUERY_PARAMETER_UNUSED'
  const text = {
    what: `The query ${label} takes ${counted(wanted)}, and its method declares ${given}.`,
    where: label,
    next: "Declare one value for a single parameter, a params object for several, or say the order: args: ['from', 'to']; a derived name takes each by place, a page, slice or window its request last.",
  }
  return new QueryParameterError(code, text, [])
}

function withoutRequest(label: string, kind: RequestKind): InvalidPageError {
  const type = kind === 'page' ? 'PageRequest' : 'WindowRequest'
  return new InvalidPageError('AMBIT_QUERY_PAGE_MISSING', {
    what: `${label} answers a ${kind}, and its method declares no ${type} as its last parameter.`,
    where: label,
    next: `Add ${kind}: ${type} behind the other parameters.`,
  })
}

function counted(n: number): string {
  return n === 1 ? 'one argument' : `${n} arguments`
}

const SINGLE: ReadonlySet<unknown> = new Set([String, Number, Boolean, Date, BigInt])
