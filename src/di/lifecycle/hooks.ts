import { type Class, inheritedMetadata, MetadataKey, ownMetadata, setMetadata } from '../../core/metadata'
import { isConstructor, lineage } from '../token'

/** When a method of a component is called by the container. */
export const HOOK_PHASES = ['post-construct', 'pre-destroy'] as const
export type HookPhase = (typeof HOOK_PHASES)[number]

type Hooks = Readonly<Record<HookPhase, readonly (string | symbol)[]>>

const HOOKS = new MetadataKey<Hooks>('lifecycle hooks')

export function recordHook(owner: Class, phase: HookPhase, method: string | symbol): void {
  const hooks = ownMetadata(owner, HOOKS) ?? NONE
  setMetadata(owner, HOOKS, { ...hooks, [phase]: [...hooks[phase], method] })
}

/** The methods to call on an instance: those of its bases first, each in the order of its class, each once. */
export function hooksOf(instance: object, phase: HookPhase): readonly (string | symbol)[] {
  const found: unknown = instance.constructor
  if (!isConstructor(found) || inheritedMetadata(found, HOOKS) === undefined) return NONE[phase]
  const methods = new Set<string | symbol>()
  for (const level of [...lineage(found)].reverse()) {
    for (const method of ownMetadata(level, HOOKS)?.[phase] ?? []) methods.add(method)
  }
  return [...methods]
}

/** The methods of a class, its bases' included, that the container calls in any phase. */
export function hooksOfClass(target: Class): ReadonlySet<string | symbol> {
  const levels = lineage(target).flatMap(level => ownMetadata(level, HOOKS) ?? [])
  return new Set(levels.flatMap(hooks => HOOK_PHASES.flatMap(phase => hooks[phase])))
}

/** Whether a class, or a base of it, has hooks of any phase. */
export function hasHooks(target: Class): boolean {
  return inheritedMetadata(target, HOOKS) !== undefined
}

const NONE: Hooks = { 'post-construct': [], 'pre-destroy': [] }
