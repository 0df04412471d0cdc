import { type Class, inheritedMetadata, MetadataKey, ownMetadata, setMetadata } from '../core/metadata'
import { unwrapMethod } from '../core/wrap-method'
import type { TransactionalOptions } from './options'

const MEMBERS = new MetadataKey<{ options: Map<PropertyKey, TransactionalOptions>; excluded: Set<PropertyKey> }>(
  'transactional members',
)
const CLASS = new MetadataKey<TransactionalOptions>('transactional class')
const DECORATED = new MetadataKey<Set<PropertyKey>>('decorated members')

/** Notes that a member of a prototype or constructor carries a decorator of ours; `false` when it already did. */
export function noteDecorated(target: object, member: PropertyKey): boolean {
  const members = ownMetadata(target, DECORATED) ?? new Set()
  setMetadata(target, DECORATED, members)
  return members.size < members.add(member).size
}

/** Records `@Transactional(options)` of a member. */
export function declareMember(owner: object, member: PropertyKey, options: TransactionalOptions): void {
  membersOf(owner).options.set(member, options)
}

/** Records `@NotTransactional()` of a member. */
export function excludeMember(owner: object, member: PropertyKey): void {
  membersOf(owner).excluded.add(member)
}

/** Records `@Transactional(options)` of a class. */
export function declareClass(target: Class, options: TransactionalOptions): void {
  setMetadata(target, CLASS, options)
}

/** What was said about a member. `'excluded'` for `@NotTransactional()`, `undefined` when nothing was said. */
export type Declared = TransactionalOptions | 'excluded' | undefined

/** What was said about a member: as {@link memberDeclarationOf}, else on the nearest class of the chain. */
export function declarationOf(target: Class, member: PropertyKey): Declared {
  return memberDeclarationOf(target, member) ?? inheritedMetadata(target, CLASS)
}

/** What was said on the member itself, inherited too, unless a nearer class defines it anew. */
export function memberDeclarationOf(target: Class, member: PropertyKey): Declared {
  for (let level: object | null = target; typeof level === 'function'; level = parentOf(level)) {
    const members = ownMetadata(level, MEMBERS)
    if (members?.excluded.has(member)) return 'excluded'
    const options = members?.options.get(member)
    if (options) return options
    if (definesMethod(level, member)) return undefined
  }
  return undefined
}

/** Every declaration that applies to a class, by member; the class's own under `'class'`. */
export function allDeclarations(target: Class): ReadonlyMap<PropertyKey, TransactionalOptions> {
  const found = new Map<PropertyKey, TransactionalOptions>()
  for (let level: object | null = target; typeof level === 'function'; level = parentOf(level)) {
    for (const [member, options] of ownMetadata(level, MEMBERS)?.options ?? []) {
      if (!found.has(member)) found.set(member, options)
    }
    const own = ownMetadata(level, CLASS)
    if (own && !found.has('class')) found.set('class', own)
  }
  return found
}

function membersOf(owner: object): { options: Map<PropertyKey, TransactionalOptions>; excluded: Set<PropertyKey> } {
  const found = ownMetadata(owner, MEMBERS)
  if (found) return found
  const made = { options: new Map<PropertyKey, TransactionalOptions>(), excluded: new Set<PropertyKey>() }
  setMetadata(owner, MEMBERS, made)
  return made
}

/** Whether a class writes the method itself; a boundary around an inherited one is not it. */
function definesMethod(level: object, member: PropertyKey): boolean {
  const { prototype } = level as { readonly prototype?: object }
  const own = prototype === undefined ? undefined : Object.getOwnPropertyDescriptor(prototype, member)
  if (prototype === undefined || typeof own?.value !== 'function') return false
  return unwrapMethod(own.value as object) !== inheritedMethod(prototype, member)
}

function inheritedMethod(prototype: object, member: PropertyKey): object | undefined {
  for (let level = parentOf(prototype); level !== null; level = parentOf(level)) {
    const found = Object.getOwnPropertyDescriptor(level, member)
    if (found) return typeof found.value === 'function' ? unwrapMethod(found.value as object) : undefined
  }
  return undefined
}

function parentOf(level: object): object | null {
  return Object.getPrototypeOf(level) as object | null
}
