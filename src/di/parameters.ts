import { type Class, emittedParameterTypes } from '../core/metadata'
import type { ContainerProblem } from './errors'
import { readDependency, readInjection } from './injection'
import { parameterMarks, type ParameterMarks } from './parameter-marks'
import { conflictingLists, injectNotAList, listTooShort, noMetadata, refusedEntry, refusedParameter } from './problems'
import { refusalOf } from './refused-types'
import type { Dependency } from './registration'
import { lineage } from './token'

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
}

/**
 * What the constructor of a class needs: its own, or the one it inherits.
 *
 * Bases are looked at only while nothing says that the class has a constructor of its own: no `static inject`, no emitted
 * types, no `@Inject()`, no required parameter.
 */
export function constructorParameters(target: Class): Parameters {
  for (const level of lineage(target)) {
    const found = declaredOn(level)
    if (found !== undefined) return found
  }
  return NONE
}

/** What a method, declared by `owner`, needs. */
export function methodParameters(owner: Class, method: string | symbol): Parameters {
  const prototype = owner.prototype as Record<string | symbol, { readonly length: number }>
  return fromList({
    owner: `${owner.name}.${String(method)}`,
    length: prototype[method]?.length ?? 0,
    types: emittedParameterTypes(prototype, method),
    marks: parameterMarks(owner, method),
  })
}

/** The dependencies that a written list means. */
export function listedParameters(owner: string, list: readonly unknown[]): Parameters {
  const problems: ContainerProblem[] = []
  const dependencies = list.flatMap((entry, index) => {
    const dependency = readInjection(entry, `parameter ${index + 1}`)
    if (dependency === undefined) problems.push(refusedEntry(owner, index))
    return dependency ?? []
  })
  return { dependencies, problems }
}

function declaredOn(level: Class): Parameters | undefined {
  const types = emittedParameterTypes(level)
  const marks = parameterMarks(level)
  if (Object.hasOwn(level, 'inject')) return written(level, (level as { inject?: unknown }).inject, marks)
  const length = constructorLength(level)
  if (types === undefined && marks.size === 0 && length === 0) return undefined
  return fromList({ owner: level.name, length, types, marks })
}

function written(level: Class, list: unknown, marks: ParameterMarks): Parameters {
  if (!Array.isArray(list)) return refused(injectNotAList(level.name))
  if (marks.size > 0) return refused(conflictingLists(level.name))
  const length = constructorLength(level)
  if (list.length < length) return refused(listTooShort(level.name, list.length, length))
  return listedParameters(level.name, list)
}

function fromList(list: ParameterList): Parameters {
  const length = Math.max(list.length, list.types?.length ?? 0, ...[...list.marks.keys()].map(index => index + 1))
  const indexes = Array.from({ length }, (_, index) => index)
  if (list.types === undefined && indexes.some(index => list.marks.get(index)?.inject === undefined)) {
    return refused(noMetadata(list.owner, length))
  }
  const problems: ContainerProblem[] = []
  const dependencies = indexes.flatMap(index => {
    const dependency = parameterAt(list, index)
    if (dependency === undefined) problems.push(refusedAt(list, index))
    return dependency ?? []
  })
  return { dependencies, problems }
}

function parameterAt({ marks, types }: ParameterList, index: number): Dependency | undefined {
  const { inject, optional = false } = marks.get(index) ?? {}
  const where = { optional, site: `parameter ${index + 1}` }
  if (inject !== undefined) return readDependency(inject.source, where)
  const type = types?.[index]
  return refusalOf(type) === undefined ? readDependency(type, where) : undefined
}

function refusedAt({ owner, marks, types }: ParameterList, index: number): ContainerProblem {
  if (marks.get(index)?.inject !== undefined) return refusedEntry(owner, index)
  const type = types?.[index]
  return refusedParameter(owner, index, type, refusalOf(type) ?? 'erased')
}

function constructorLength(level: Class): number {
  return (level as { readonly length?: number }).length ?? 0
}

function refused(problem: ContainerProblem): Parameters {
  return { dependencies: [], problems: [problem] }
}

const NONE: Parameters = { dependencies: [], problems: [] }
