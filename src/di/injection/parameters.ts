import { type Class, emittedParameterTypes } from '../../core/metadata'
import type { ContainerProblem } from '../errors'
import { readDependency, readInjection } from './injection'
import { type ParameterMark, parameterMarks, type ParameterMarks } from './parameter-marks'
import {
  conflictingLists,
  type ListKind,
  injectNotAList,
  listTooShort,
  noMetadata,
  refusedEntry,
  refusedEntryOptions,
  refusedParameter,
} from '../planning/problems'
import { refusalOf } from './refused-types'
import type { Dependency } from '../registration'
import { ANY, type Choice } from './selector'
import { isConstructor, lineage, tokenName } from '../token'

/** The dependencies that a parameter list means, and what is wrong with it. */
export interface Parameters {
  readonly dependencies: readonly Dependency[]
  readonly problems: readonly ContainerProblem[]
}

/** A parameter list as decorators and the compiler left it. */
interface ParameterList {
  /** Who declares it, for messages: `'OrderService'`, `'Mail.transport'`. */
  readonly owner: string
  readonly length: number
  readonly types: readonly unknown[] | undefined
  readonly marks: ParameterMarks
  /** How its parameters can be listed. */
  readonly remedy: ListKind
}

/**
 * What the constructor of a class needs: its own, or the one it inherits.
 *
 * Bases are looked at only while nothing says that the class has a constructor of its own: no `static inject`, no emitted
 * types, no `@Inject()`, no required parameter.
 */
export function constructorParameters(target: Class): Parameters {
  const emitted = emittedClasses(target)
  if (emitted !== undefined) return emitted
  const declared = declaredOn(target)
  if (declared !== undefined) return declared
  const levels = lineage(target)
  const at = levels.findIndex(level => declaredOn(level) !== undefined)
  const found = (levels[at] && declaredOn(levels[at])) ?? NONE
  // A base's list would fill parameters of another meaning.
  const own = levels.slice(0, at).find(level => found.dependencies.length > 0 && hasDefaultedParameters(level))
  return own === undefined ? found : refused(noMetadata(tokenName(own), 1, 'class'))
}

/** The short way for what most classes are: nothing is written or marked, and what was emitted are classes, one for each parameter. */
function emittedClasses(target: Class): Parameters | undefined {
  if (Object.hasOwn(target, 'inject') || parameterMarks(target).size > 0) return undefined
  const types = emittedParameterTypes(target)
  if (types === undefined || types.length < constructorLength(target)) return undefined
  const dependencies = new Array<Dependency>(types.length)
  for (let index = 0; index < types.length; index += 1) {
    const token = types[index]
    if (refusalOf(token) !== undefined || !isConstructor(token)) return undefined
    dependencies[index] = Object.freeze({ token, lazy: false, optional: false, site: siteAt(index) })
  }
  return { dependencies, problems: NO_PROBLEMS }
}

/** What a method, declared by `owner`, needs; `listed` is what its `@Bean()` lists, if it does. */
export function methodParameters(owner: Class, method: string | symbol, listed: unknown): Parameters {
  const prototype = owner.prototype as Record<string | symbol, { readonly length: number }>
  const list = {
    owner: `${owner.name}.${String(method)}`,
    remedy: 'bean',
    length: prototype[method]?.length ?? 0,
    types: emittedParameterTypes(prototype, method),
    marks: parameterMarks(owner, method),
  } as const
  return listed === undefined ? fromList(list) : written(list, listed)
}

/** The dependencies that a written list means. */
export function listedParameters(owner: string, list: readonly unknown[]): Parameters {
  const problems: ContainerProblem[] = []
  const dependencies = list.flatMap((entry, index) => {
    const dependency = readInjection(entry, siteAt(index))
    if (typeof dependency === 'object') return dependency
    problems.push(dependency === 'options' ? refusedEntryOptions(owner, index) : refusedEntry(owner, index))
    return []
  })
  return { dependencies, problems }
}

function declaredOn(level: Class): Parameters | undefined {
  const types = emittedParameterTypes(level)
  const marks = parameterMarks(level)
  const length = constructorLength(level)
  const list = { owner: tokenName(level), length, types, marks, remedy: 'class' } as const
  if (Object.hasOwn(level, 'inject')) return written(list, (level as { inject?: unknown }).inject)
  return types === undefined && marks.size === 0 && length === 0 ? undefined : fromList(list)
}

function written({ owner, marks, length, remedy }: ParameterList, list: unknown): Parameters {
  if (!Array.isArray(list)) return refused(injectNotAList(owner, remedy))
  if (marks.size > 0) return refused(conflictingLists(owner, remedy))
  if (list.length < length) return refused(listTooShort(owner, remedy, { listed: list.length, length }))
  return listedParameters(owner, list)
}

function fromList(list: ParameterList): Parameters {
  const length = Math.max(list.length, list.types?.length ?? 0, lengthOf(list.marks))
  const problems: ContainerProblem[] = []
  const dependencies: Dependency[] = []
  for (let index = 0; index < length; index += 1) {
    if (list.types === undefined && list.marks.get(index)?.inject === undefined) {
      return refused(noMetadata(list.owner, length, list.remedy))
    }
    const dependency = parameterAt(list, index)
    if (dependency === undefined) problems.push(refusedAt(list, index))
    else dependencies.push(dependency)
  }
  return { dependencies, problems }
}

/** How long a list must be to have all that is marked. */
function lengthOf(marks: ParameterMarks): number {
  return marks.size === 0 ? 0 : Math.max(...marks.keys()) + 1
}

function parameterAt({ marks, types }: ParameterList, index: number): Dependency | undefined {
  const mark = marks.get(index)
  const where = { optional: mark?.optional ?? false, site: siteAt(index), choice: choiceOf(mark) }
  if (mark?.inject !== undefined) return readDependency(mark.inject.source, where)
  const type = types?.[index]
  return refusalOf(type) === undefined ? readDependency(type, where) : undefined
}

function siteAt(index: number): string {
  return FIRST_SITES[index] ?? `parameter ${index + 1}`
}

function choiceOf(mark: ParameterMark | undefined): Choice {
  if (mark === undefined) return ANY
  const { name, qualifiers = [] } = mark
  return name === undefined ? { qualifiers } : { name, qualifiers }
}

function refusedAt({ owner, marks, types }: ParameterList, index: number): ContainerProblem {
  if (marks.get(index)?.inject !== undefined) return refusedEntry(owner, index)
  const type = types?.[index]
  return refusedParameter(owner, index, type, refusalOf(type) ?? 'erased')
}

/** Whether a class has a constructor of its own all of whose parameters have defaults, which its length does not tell. */
function hasDefaultedParameters(level: Class): boolean {
  const text = Function.prototype.toString.call(level)
  return /^class\b/.test(text) && /\bconstructor\s*\(\s*[\p{ID_Start}$_{[]/u.test(text)
}

function constructorLength(level: Class): number {
  return (level as { readonly length?: number }).length ?? 0
}

function refused(problem: ContainerProblem): Parameters {
  return { dependencies: [], problems: [problem] }
}

const NO_PROBLEMS: readonly ContainerProblem[] = []
const NONE: Parameters = { dependencies: [], problems: NO_PROBLEMS }
const FIRST_SITES: readonly string[] = Array.from({ length: 8 }, (_, index) => `parameter ${index + 1}`)
