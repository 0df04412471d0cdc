import { type Class, inheritedMetadata, MetadataKey, ownMetadata, setMetadata } from '../core/metadata'
import { lineage } from '../di/token'
import type { HookPhase } from '../tx/hooks'
import type { ListenerDecoratorName } from './listener-options'

/** What a decorator recorded about a method that listens for events. */
export interface ListenerRecord {
  readonly decorator: ListenerDecoratorName
  readonly member: string | symbol
  /** `undefined` for one that is called while the event is published. */
  readonly phase: HookPhase | undefined
  /** `undefined` for one that asked for no place. */
  readonly order: number | undefined
  /** `undefined` where the declaration does not say it. */
  readonly fallback: boolean | undefined
  readonly dataSource: string
  /** A class, or a function that answers it; `undefined` where the method's first parameter says it. */
  readonly event: unknown
}

/** A listener as a class has it: its own, or inherited from `owner`. */
export interface ListenerDeclaration extends ListenerRecord {
  readonly owner: Class
}

const LISTENERS = new MetadataKey<ReadonlyMap<string | symbol, ListenerRecord>>('event listeners')

/** Records a listener; `false` where the class has said already that the method is one. */
export function recordListener(owner: Class, record: ListenerRecord): boolean {
  const known = ownMetadata(owner, LISTENERS)
  if (known?.has(record.member)) return false
  setMetadata(owner, LISTENERS, new Map([...(known ?? []), [record.member, record]]))
  return true
}

/**
 * The listeners of a class, those of its bases first, each method once. One that a subclass declares anew counts in the
 * subclass's form; one that it overrides without a decorator stays what it was.
 */
export function listenersOf(target: Class): readonly ListenerDeclaration[] {
  if (inheritedMetadata(target, LISTENERS) === undefined) return NONE
  const found = new Map<string | symbol, ListenerDeclaration>()
  for (const owner of [...lineage(target)].reverse()) {
    for (const [member, record] of ownMetadata(owner, LISTENERS) ?? []) found.set(member, { ...record, owner })
  }
  return [...found.values()]
}

const NONE: readonly ListenerDeclaration[] = []
