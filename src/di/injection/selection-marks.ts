import { type Class, inheritedMetadata, MetadataKey, ownMetadata, setMetadata } from '../../core/metadata'
import type { ConditionRule } from '../conditions/condition'
import type { Qualifier } from './qualifier'

/** What `@Primary()`, `@Qualifier()`, `@Order()` and conditions say about a component class or a `@Bean()` method. */
export interface SelectionMarks {
  readonly primary: boolean
  readonly qualifiers: readonly Qualifier[]
  readonly order: number | undefined
  /** In the order in which they are written. */
  readonly conditions: readonly ConditionRule[]
}

/** `undefined` for the class itself. */
type Member = string | symbol | undefined

const MARKS = new MetadataKey<ReadonlyMap<Member, SelectionMarks>>('selection')

export function markPrimary(owner: Class, member: Member): void {
  mark(owner, member, marks => ({ ...marks, primary: true }))
}

export function addQualifiers(owner: Class, member: Member, qualifiers: readonly Qualifier[]): void {
  mark(owner, member, marks => ({ ...marks, qualifiers: [...qualifiers, ...marks.qualifiers] }))
}

export function markOrder(owner: Class, member: Member, order: number): void {
  mark(owner, member, marks => ({ ...marks, order }))
}

/** Decorators are called from the last to the first, so each goes before those that are known. */
export function addCondition(owner: Class, member: Member, rule: ConditionRule): void {
  mark(owner, member, marks => ({ ...marks, conditions: [rule, ...marks.conditions] }))
}

/** The marks on exactly this class, or on a method of it. */
export function selectionMarks(owner: object, member?: Member): SelectionMarks {
  return ownMetadata(owner, MARKS)?.get(member) ?? NO_MARKS
}

/** Whether a class, or a base of it, has marks on itself or on a method. */
export function hasMarks(target: Class): boolean {
  return inheritedMetadata(target, MARKS) !== undefined
}

/** The methods of exactly this class that have marks. */
export function markedMembers(owner: object): readonly (string | symbol)[] {
  return [...(ownMetadata(owner, MARKS)?.keys() ?? [])].filter(member => member !== undefined)
}

function mark(owner: Class, member: Member, change: (marks: SelectionMarks) => SelectionMarks): void {
  const known = ownMetadata(owner, MARKS) ?? new Map<Member, SelectionMarks>()
  setMetadata(owner, MARKS, new Map([...known, [member, change(known.get(member) ?? NO_MARKS)]]))
}

/** What is said about what has no decorators. */
export const NO_MARKS: SelectionMarks = Object.freeze({
  primary: false,
  qualifiers: [],
  order: undefined,
  conditions: [],
})
