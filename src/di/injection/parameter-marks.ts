import { MetadataKey, ownMetadata, setMetadata } from '../../core/metadata'
import type { Qualifier } from './qualifier'

/** What decorators say about one parameter. */
export interface ParameterMark {
  /** In an object, since a circular import gives `@Inject(undefined)`. */
  readonly inject?: { readonly source: unknown }
  readonly optional?: boolean
  readonly name?: string
  readonly qualifiers?: readonly Qualifier[]
}

/** The marks of one parameter list, by position. */
export type ParameterMarks = ReadonlyMap<number, ParameterMark>

type Member = string | symbol | undefined

const MARKS = new MetadataKey<Map<Member, Map<number, ParameterMark>>>('parameters')

/** Adds to what is known about a parameter of a constructor (`member` undefined) or method of exactly this class. */
export function markParameter(owner: object, member: Member, index: number, mark: ParameterMark): void {
  const lists = ownMetadata(owner, MARKS) ?? new Map<Member, Map<number, ParameterMark>>()
  const list = lists.get(member) ?? new Map<number, ParameterMark>()
  list.set(index, both(list.get(index) ?? {}, mark))
  lists.set(member, list)
  setMetadata(owner, MARKS, lists)
}

/** The marks on a constructor or method of exactly this class. */
export function parameterMarks(owner: object, member?: Member): ParameterMarks {
  return ownMetadata(owner, MARKS)?.get(member) ?? NONE
}

/** Qualifiers add up: each of them must fit. */
function both(known: ParameterMark, mark: ParameterMark): ParameterMark {
  const qualifiers = [...(mark.qualifiers ?? []), ...(known.qualifiers ?? [])]
  return { ...known, ...mark, ...(qualifiers.length > 0 && { qualifiers }) }
}

const NONE: ParameterMarks = new Map()
