import { type Class, emittedParameterTypes } from '../core/metadata'
import type { ContainerProblem } from './errors'
import { readInjection, readToken } from './injection'
import { parameterMarks, type ParameterMarks } from './parameter-marks'
import { conflictingLists, injectNotAList, listTooShort, noMetadata, refusedEntry, refusedParameter } from './problems'
import { refusalOf } from './refused-types'
import type { Dependency } from './registration'
import { lineage, type Token } from './token'

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
    const token = parameterToken(list, index)
    if (token !== undefined) return dependency(token, index, list.marks.get(index)?.optional === true)
    problems.push(refusedAt(list, index))
    return []
  })
  return { dependencies, problems }
}

function dependency(token: Token, index: number, optional: boolean): Dependency {
  return Object.freeze({ token, optional, site: `parameter ${index + 1}` })
}

function parameterToken({ marks, types }: ParameterList, index: number): Token | undefined {
  const inject = marks.get(index)?.inject
  if (inject !== undefined) return readToken(inject.source)
  const type = types?.[index]
  return refusalOf(type) === undefined ? (type as Token) : undefined // what is not refused is a class
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
